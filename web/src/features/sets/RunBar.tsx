/** Which analysis is looked at, running it, what runs by itself, downloads, and opening its clonotypes. */

import { IconArrowsDiff, IconBolt, IconChevronDown, IconDownload, IconPlayerPlay } from "@tabler/icons-react";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { call, link } from "../../api/client";
import { configs, results } from "../../api/queries";
import type { Config, SampleSet } from "../../api/types";
import { Menu } from "../../ui/Menu";
import { Fault, useMessages } from "../server/parts";
import { AutoConfigs } from "./AutoConfigs";

type Which = "missing" | "failed" | "stale" | "all";

const WHICH: readonly Which[] = ["missing", "failed", "stale", "all"];

interface Props {
  readonly set: SampleSet;
  readonly config: number;
  /** Samples that were ticked: what is run or compared is these alone. */
  readonly ticked?: readonly number[];
}

export function RunBar({ set, config, ticked = [] }: Props) {
  const m = useMessages();
  const words = m.server.set;
  const list = useQuery(configs);
  const has = useQuery(results(set.id)).data?.items.some((c) => c.config_id === config && c.result) ?? false;
  const [auto, setAuto] = useState(false);
  const run = useRun(set.id, config);
  if (list.error) return <Fault error={list.error} retry={() => void list.refetch()} />;
  if (list.data?.items.length === 0) return <p className="note">{words.noConfig}</p>;
  const mayRun = set.may.includes("run") && config > 0;
  return (
    <>
      <div className="toolbar">
        <ConfigSelect setId={set.id} items={list.data?.items ?? []} value={config} />
        {mayRun && set.samples > 0 && (
          <RunMenu busy={run.isPending} ticked={ticked.length} onRun={(which) => run.mutate({ which, ticked })} />
        )}
        {mayRun && set.may.includes("edit") && (
          <button type="button" className="button" onClick={() => setAuto(true)}>
            <IconBolt size={15} stroke={1.6} aria-hidden /> {m.lists.auto}
          </button>
        )}
        {has && <Downloads set={set} config={config} />}
        {run.data && (
          <span role="status" className="secondary">
            {words.ran(run.data.added, run.data.spared)}{" "}
            {run.data.skipped.length > 0 &&
              `${words.skipped(run.data.skipped.length)} ${run.data.skipped[0]?.reason ?? ""}`}
          </span>
        )}
        <span className="spring" />
        {ticked.length > 1 && (
          <Link to="/compare/$of" params={{ of: `${config}-${ticked.join("_")}` }} className="button">
            <IconArrowsDiff size={15} stroke={1.6} aria-hidden /> {m.lists.compareSamples(ticked.length)}
          </Link>
        )}
        {has && (
          <Link to="/a/$result" params={{ result: `${set.id}-${config}` }} className="button primary">
            {words.openResult}
          </Link>
        )}
      </div>
      {run.error && <Fault error={run.error} />}
      {auto && <AutoConfigs set={set} onClose={() => setAuto(false)} />}
    </>
  );
}

function useRun(setId: number, config: number) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ which, ticked }: { which: Which | "ticked"; ticked: readonly number[] }) =>
      call("post", "/api/v1/runs", {
        body: {
          config_id: config,
          set_ids: [setId],
          ...(which === "ticked" ? { sample_ids: [...ticked] } : { which: [which] }),
        },
      }),
    onSuccess: () => Promise.all([["set", setId], ["jobs"]].map((queryKey) => client.invalidateQueries({ queryKey }))),
  });
}

function RunMenu({ busy, ticked, onRun }: { busy: boolean; ticked: number; onRun: (which: Which | "ticked") => void }) {
  const m = useMessages();
  const words = m.server.set;
  const label: Record<Which, string> = {
    missing: words.runMissing,
    failed: words.runFailed,
    stale: words.runStale,
    all: words.runAll,
  };
  return (
    <Menu
      position="bottom-start"
      target={
        <button type="button" className="button" disabled={busy}>
          <IconPlayerPlay size={14} stroke={1.8} aria-hidden /> {words.run} <IconChevronDown size={13} aria-hidden />
        </button>
      }
    >
      {ticked > 0 && <Menu.Item onClick={() => onRun("ticked")}>{m.lists.runTicked(ticked)}</Menu.Item>}
      {WHICH.map((which) => (
        <Menu.Item key={which} onClick={() => onRun(which)}>
          {label[which]}
        </Menu.Item>
      ))}
    </Menu>
  );
}

/** The results side by side as one file, or of each sample in an archive. */
function Downloads({ set, config }: { set: SampleSet; config: number }) {
  const m = useMessages();
  const words = m.lists;
  const path = { id: set.id };
  const fused = (format: "vidjil" | "airr") =>
    link("/api/v1/sets/{id}/fused/export", { path, query: { config_id: config, format } });
  const zip = link("/api/v1/export.zip", {
    query: { set_ids: [set.id], config_ids: [config], formats: ["vidjil", "airr"], logs: set.may.includes("edit") },
  });
  return (
    <Menu
      position="bottom-start"
      target={
        <button type="button" className="button">
          <IconDownload size={15} stroke={1.6} aria-hidden /> {words.downloads}{" "}
          <IconChevronDown size={13} aria-hidden />
        </button>
      }
    >
      <Menu.Label>{words.together}</Menu.Label>
      <Menu.Item component="a" href={fused("vidjil")} download>
        {words.format.vidjil}
      </Menu.Item>
      <Menu.Item component="a" href={fused("airr")} download>
        {words.format.airr}
      </Menu.Item>
      <Menu.Item component="a" href={link("/api/v1/sets/{id}/annotation/export", { path })} download>
        {words.format.analysis}
      </Menu.Item>
      <Menu.Label>{words.bySample}</Menu.Label>
      <Menu.Item component="a" href={zip} download>
        {words.format.zip}
      </Menu.Item>
    </Menu>
  );
}

function ConfigSelect({ setId, items, value }: { setId: number; items: readonly Config[]; value: number }) {
  const m = useMessages();
  const navigate = useNavigate();
  const shown = items.filter((c) => !c.archived || c.id === value);
  return (
    <label className="choice">
      {m.server.set.config}
      <select
        className="select framed"
        value={value}
        title={items.find((c) => c.id === value)?.info}
        onChange={(e) =>
          void navigate({
            to: "/sets/$id",
            params: { id: String(setId) },
            search: (old) => ({ ...old, config: Number(e.currentTarget.value) }),
            replace: true,
          })
        }
      >
        {shown.map((c) => (
          <option key={c.id} value={c.id}>
            {c.name}
          </option>
        ))}
      </select>
    </label>
  );
}
