/** Which analysis is looked at, running it, and opening its clonotypes. */
import { Menu } from "@mantine/core";
import { IconChevronDown, IconPlayerPlay } from "@tabler/icons-react";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { call } from "../../api/client";
import { configs, results } from "../../api/queries";
import type { Config, SampleSet } from "../../api/types";
import { Fault, useMessages } from "../server/parts";

type Which = "missing" | "failed" | "stale" | "all";

const WHICH: readonly Which[] = ["missing", "failed", "stale", "all"];

export function RunBar({ set, config }: { set: SampleSet; config: number }) {
  const m = useMessages();
  const words = m.server.set;
  const list = useQuery(configs);
  const has = useQuery(results(set.id)).data?.items.some((c) => c.config_id === config && c.result) ?? false;
  const client = useQueryClient();
  const run = useMutation({
    mutationFn: (which: Which) =>
      call("post", "/api/v1/runs", { body: { config_id: config, set_ids: [set.id], which: [which] } }),
    onSuccess: () =>
      Promise.all([
        client.invalidateQueries({ queryKey: ["set", set.id] }),
        client.invalidateQueries({ queryKey: ["jobs"] }),
      ]),
  });
  if (list.error) return <Fault error={list.error} retry={() => void list.refetch()} />;
  if (list.data?.items.length === 0) return <p className="note">{words.noConfig}</p>;
  const label: Record<Which, string> = {
    missing: words.runMissing,
    failed: words.runFailed,
    stale: words.runStale,
    all: words.runAll,
  };
  return (
    <>
      <div className="toolbar">
        <ConfigSelect setId={set.id} items={list.data?.items ?? []} value={config} />
        {set.may.includes("run") && set.samples > 0 && config > 0 && (
          <Menu position="bottom-start" withinPortal>
            <Menu.Target>
              <button type="button" className="button" disabled={run.isPending}>
                <IconPlayerPlay size={14} stroke={1.8} aria-hidden /> {words.run}{" "}
                <IconChevronDown size={13} aria-hidden />
              </button>
            </Menu.Target>
            <Menu.Dropdown>
              {WHICH.map((which) => (
                <Menu.Item key={which} onClick={() => run.mutate(which)}>
                  {label[which]}
                </Menu.Item>
              ))}
            </Menu.Dropdown>
          </Menu>
        )}
        {run.data && (
          <span role="status" className="secondary">
            {words.ran(run.data.added, run.data.spared)}{" "}
            {run.data.skipped.length > 0 &&
              `${words.skipped(run.data.skipped.length)} ${run.data.skipped[0]?.reason ?? ""}`}
          </span>
        )}
        <span className="spring" />
        {has && (
          <Link to="/a/$result" params={{ result: `${set.id}-${config}` }} className="button primary">
            {words.openResult}
          </Link>
        )}
      </div>
      {run.error && <Fault error={run.error} />}
    </>
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
