/** A patient, a run or another set: its samples, their results, quality, jobs, who sees it. */
import {
  IconChevronLeft,
  IconChevronRight,
  IconPackageExport,
  IconPencil,
  IconTrash,
  IconUpload,
} from "@tabler/icons-react";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { useState } from "react";
import { call } from "../../api/client";
import { configs, neighbours, results, set } from "../../api/queries";
import type { SampleSet } from "../../api/types";
import type { SetTab } from "../../app/routes/sets";
import { JobsTable } from "../jobs/JobsTable";
import { dayText } from "../server/format";
import { listPath, useSetEvents } from "../server/live";
import { Ask, Fault, Info, Loading, Page, useMessages } from "../server/parts";
import { ExportArchive } from "../transfer/ExportArchive";
import { Contaminations } from "./Contaminations";
import { EditSet } from "./EditSet";
import { ErasePatient } from "./ErasePatient";
import { FollowButton } from "./FollowButton";
import { History } from "./History";
import { Quality } from "./Quality";
import { Samples } from "./Samples";
import { Sharing } from "./Sharing";
import "./lists.css";

const TABS: readonly SetTab[] = ["samples", "quality", "contamination", "jobs", "history", "share"];

export function SetPage() {
  const id = Number(useParams({ from: "/in/sets/$id" }).id);
  const query = useQuery(set(id));
  useSetEvents(id);
  const m = useMessages();
  if (query.data) return <Loaded set={query.data} />;
  return (
    <Page title={m.server.sets.one.set ?? ""} ready={!query.isPending}>
      {query.error ? <Fault error={query.error} retry={() => void query.refetch()} /> : <Loading />}
    </Page>
  );
}

function Loaded({ set: it }: { set: SampleSet }) {
  const m = useMessages();
  const search = useSearch({ from: "/in/sets/$id" });
  const tab: SetTab = search.tab ?? "samples";
  const config = useConfig(it.id, search.config);
  const may = new Set(it.may);
  const tabs = TABS.filter((t) => {
    if (t === "share") return may.has("share");
    if (t === "history") return may.has("edit");
    // Samples of one patient share clonotypes by right.
    return t !== "contamination" || it.kind !== "patient";
  });
  return (
    <Page title={it.title} kicker={<Kicker set={it} />} actions={<Actions set={it} />}>
      <Facts set={it} />
      {it.trashed_at && <Trashed set={it} />}
      <nav className="tabs" aria-label={it.title}>
        {tabs.map((each) => (
          <Link
            key={each}
            to="/sets/$id"
            params={{ id: String(it.id) }}
            search={(old) => ({ ...old, tab: each })}
            replace
            className="tab"
            aria-current={each === tab ? "page" : undefined}
          >
            {m.lists.tabs[each]}
            {each === "samples" && <span className="secondary num"> {it.samples}</span>}
          </Link>
        ))}
      </nav>
      {tab === "samples" && <Samples set={it} config={config} />}
      {tab === "quality" && <Quality set={it} config={config} />}
      {tab === "contamination" && <Contaminations set={it} config={config} />}
      {tab === "history" && <History set={it} />}
      {tab === "jobs" && <JobsTable of={{ set: it.id }} setId={it.id} />}
      {tab === "share" && may.has("share") && <Sharing setId={it.id} />}
    </Page>
  );
}

function Trashed({ set: it }: { set: SampleSet }) {
  const m = useMessages();
  const client = useQueryClient();
  const restore = useMutation({
    mutationFn: () => call("post", "/api/v1/sets/{id}/restore", { path: { id: it.id } }),
    onSuccess: () => Promise.all([["set", it.id], ["sets"]].map((queryKey) => client.invalidateQueries({ queryKey }))),
  });
  return (
    <div className="note warn told">
      <span>{m.server.set.trashed}</span>
      {it.may.includes("edit") && (
        <button type="button" className="button" disabled={restore.isPending} onClick={() => restore.mutate()}>
          {m.server.common.restore}
        </button>
      )}
      {restore.error && <Fault error={restore.error} />}
    </div>
  );
}

/** The analysis that the page speaks of: that of the address, else one that has results, else the first. */
function useConfig(setId: number, chosen: number | undefined): number {
  const list = useQuery(configs).data;
  const cells = useQuery(results(setId)).data;
  if (chosen) return chosen;
  const used = cells?.items.find((c) => c.result)?.config_id ?? cells?.items[0]?.config_id;
  return cells ? (used ?? list?.items.find((c) => !c.archived)?.id ?? 0) : 0;
}

function Kicker({ set: it }: { set: SampleSet }) {
  const m = useMessages();
  const beside = useQuery(neighbours(it.id)).data;
  return (
    <>
      <Link to={listPath(it.kind)}>{m.server.sets.kinds[it.kind]}</Link>
      <span className="neighbours">
        {beside?.previous && (
          <Link
            to="/sets/$id"
            params={{ id: String(beside.previous) }}
            className="quiet icon"
            aria-label={m.server.set.previous}
            title={m.server.set.previous}
          >
            <IconChevronLeft size={15} />
          </Link>
        )}
        {beside?.next && (
          <Link
            to="/sets/$id"
            params={{ id: String(beside.next) }}
            className="quiet icon"
            aria-label={m.server.set.next}
            title={m.server.set.next}
          >
            <IconChevronRight size={15} />
          </Link>
        )}
      </span>
    </>
  );
}

function Facts({ set: it }: { set: SampleSet }) {
  const m = useMessages();
  const born = it.birth
    ? m.server.set.born(dayText(it.birth, m.locale), it.age ?? "")
    : it.kind === "patient" && it.age
      ? it.age
      : "";
  const facts = [
    it.label,
    born,
    dayText(it.run_date, m.locale),
    it.sequencer,
    it.pcr,
    m.server.set.owner(it.owner),
  ].filter(Boolean);
  return (
    <div className="facts">
      {facts.map((fact) => (
        <span key={fact} className="fact">
          <bdi>{fact}</bdi>
        </span>
      ))}
      {it.info && <Info info={it.info} />}
    </div>
  );
}

function Actions({ set: it }: { set: SampleSet }) {
  const m = useMessages();
  const navigate = useNavigate();
  const client = useQueryClient();
  const [editing, setEditing] = useState(false);
  const [exporting, setExporting] = useState(false);
  const may = new Set(it.may);
  const trash = async () => {
    await call("delete", "/api/v1/sets/{id}", { path: { id: it.id } });
    await client.invalidateQueries({ queryKey: ["sets"] });
    await navigate({ to: listPath(it.kind) });
  };
  return (
    <>
      <FollowButton id={it.id} />
      {!it.trashed_at && (
        <button type="button" className="quiet" onClick={() => setExporting(true)}>
          <IconPackageExport size={15} stroke={1.6} aria-hidden /> {m.transfer.exportArchive}
        </button>
      )}
      {may.has("edit") && !it.trashed_at && (
        <>
          <button type="button" className="quiet" onClick={() => setEditing(true)}>
            <IconPencil size={15} stroke={1.6} aria-hidden /> {m.server.set.edit}
          </button>
          <ErasePatient set={it} />
          <Ask
            question={m.server.set.trashAsk(it.title)}
            text={m.server.set.trashText}
            action={m.server.set.trash}
            onYes={trash}
          >
            <IconTrash size={15} stroke={1.6} aria-hidden /> {m.server.set.trash}
          </Ask>
        </>
      )}
      {may.has("upload") && !it.trashed_at && (
        <Link to="/sets/$id/upload" params={{ id: String(it.id) }} className="button">
          <IconUpload size={15} stroke={1.6} aria-hidden /> {m.server.set.upload}
        </Link>
      )}
      {editing && <EditSet set={it} onClose={() => setEditing(false)} />}
      {exporting && <ExportArchive sets={[it]} onClose={() => setExporting(false)} />}
    </>
  );
}
