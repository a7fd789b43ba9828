/** The clonotypes of a set by a config: read, shown in the workspace, and what people note on them kept. */
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { Link, useBlocker, useParams } from "@tanstack/react-router";
import type { RefObject } from "react";
import { lazy, Suspense, useEffect, useMemo, useRef, useState } from "react";
import { configs, set, whoami } from "../../api/queries";
import { useSession } from "../../app/useSession";
import type { Table } from "../../core/table";
import { useSignal } from "../../ui/useSignal";
import { listPath, useSetEvents } from "../server/live";
import { Empty, Fault, Loading, Page, Progress, State, useMessages } from "../server/parts";
import { ServerContext } from "../workspace/context";
import { Screen } from "../workspace/Screen";
import type { Autosave } from "./autosave";
import { DraftOffer } from "./DraftOffer";
import type { Choice, Opened } from "./open";
import { FIRST, loadFused, moreThan, openResult } from "./open";
import type { RemoteSearch } from "./remote";
import { searchOnServer } from "./remote";
import { NewerNotes, Saving } from "./Saving";
import { Versions } from "./Versions";
import "./result.css";

export function ResultPage() {
  const { result } = useParams({ from: "/result/a/$result" });
  const [setId = 0, configId = 0] = result.split("-").map(Number);
  return <Result key={result} setId={setId} configId={configId} />;
}

function Result({ setId, configId }: { setId: number; configId: number }) {
  const m = useMessages();
  useSetEvents(setId);
  const it = useQuery(set(setId));
  const who = useQuery(whoami).data;
  const config = useQuery(configs).data?.items.find((c) => c.id === configId);
  const [choice, setChoice] = useState<Choice>(FIRST);
  // What was done stays undoable when more clonotypes have come.
  const before = useRef<Opened | null>(null);
  const fused = useQuery({
    queryKey: ["set", setId, "fused", configId],
    queryFn: ({ signal }) => loadFused(setId, configId, signal),
  });
  const title = it.data ? `${it.data.title}${config ? ` · ${config.name}` : ""}` : "";
  const digest = fused.data?.digest ?? "";
  const opened = useQuery({
    queryKey: ["opened", setId, configId, choice],
    queryFn: () => {
      if (!fused.data) throw new Error("not known yet");
      const person = who?.user?.id ?? 0;
      return openResult({ set: setId, config: configId, fused: fused.data, title, choice, person });
    },
    enabled: digest !== "" && it.data !== undefined && who !== undefined,
    // While more clonotypes are fetched those that are here stay.
    placeholderData: keepPreviousData,
    // What is on screen changes when somebody asks for it, never by itself.
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 0,
    refetchOnWindowFocus: false,
    refetchOnReconnect: false,
    structuralSharing: false,
  });
  const error = it.error ?? fused.error ?? opened.error;
  if (opened.data)
    return (
      <Shown
        key={`${opened.data.digest} ${opened.data.choice.top} ${opened.data.choice.keep.length}`}
        opened={opened.data}
        setId={setId}
        configId={configId}
        annotation={fused.data?.annotation ?? 0}
        loading={opened.isPlaceholderData}
        newer={digest !== "" && digest !== opened.data.digest}
        making={fused.data?.state === "stale"}
        before={before}
        onReload={() => void opened.refetch()}
        onChoose={setChoice}
      />
    );
  return (
    <Page
      title={title || m.app}
      kicker={
        <Link to="/sets/$id" params={{ id: String(setId) }} search={{ config: configId }}>
          {m.server.result.back}
        </Link>
      }
      ready={error !== null || fused.data?.state === "absent"}
    >
      {error && <Fault error={error} retry={() => void Promise.all([it.refetch(), fused.refetch()])} />}
      {!error && fused.data && digest === "" ? <NotYet job={fused.data.job} /> : !error && <Loading />}
    </Page>
  );
}

function NotYet({ job }: { job: Awaited<ReturnType<typeof loadFused>>["job"] }) {
  const m = useMessages();
  const live = job && !job.ended_at;
  return (
    <Empty
      title={live ? m.server.result.making : m.server.result.absentTitle}
      {...(live ? {} : { text: m.server.result.absent })}
    >
      {job && (
        <>
          <State state={job.state} progress={job.progress} title={job.error} />
          {live && <Progress value={job.progress} label={m.server.result.making} />}
        </>
      )}
    </Empty>
  );
}

interface ShownProps {
  readonly opened: Opened;
  readonly setId: number;
  readonly configId: number;
  /** The newest version of what was noted on the set. */
  readonly annotation: number;
  readonly newer: boolean;
  readonly making: boolean;
  readonly loading: boolean;
  /** What was on screen with fewer clonotypes. */
  readonly before: RefObject<Opened | null>;
  onReload(): void;
  onChoose(choice: Choice): void;
}

function Shown({
  opened,
  setId,
  configId,
  annotation,
  newer,
  making,
  loading,
  before,
  onReload,
  onChoose,
}: ShownProps) {
  const m = useMessages();
  const session = useSession();
  const it = useQuery(set(setId)).data;
  const [ready, setReady] = useState(false);
  const { workspace, autosave } = opened;
  useEffect(() => {
    session.notices.value = [];
    session.workspace.value = workspace;
    setReady(true);
    if (before.current && before.current.autosave !== autosave) autosave.inherit(before.current.autosave);
    before.current = opened;
    autosave.start();
    return () => {
      void autosave.stop();
      if (session.workspace.peek() === workspace) session.workspace.value = null;
    };
  }, [session, workspace, autosave, opened, before]);
  const [remote, setRemote] = useState<RemoteSearch | null>(null);
  useEffect(() => {
    const search = searchOnServer(workspace, setId, configId);
    setRemote(search);
    return search.stop;
  }, [workspace, setId, configId]);
  useLeaving(autosave);
  const server = useMemo(() => {
    // What is here is saved first: the next workspace begins with what the server has.
    const choose = (choice: Choice) => void autosave.flush().then(() => autosave.pending || onChoose(choice));
    return {
      setId,
      configId,
      more: opened.more ? () => choose(moreThan(opened.choice)) : null,
      loading,
      search: remote?.state ?? null,
      keep: (ids: readonly string[]) => choose({ ...opened.choice, keep: [...opened.choice.keep, ...ids] }),
    };
  }, [setId, configId, opened, loading, remote, autosave, onChoose]);
  return (
    <div className="result">
      <title>{`${workspace.table.source.name} · ${m.app}`}</title>
      <nav className="server result-bar">
        {it && <Link to={listPath(it.kind)}>{m.server.sets.kinds[it.kind]}</Link>}
        <span aria-hidden>/</span>
        <Link to="/sets/$id" params={{ id: String(setId) }}>
          <bdi>{it?.title}</bdi>
        </Link>
        <span className="spring" />
        {newer ? (
          <button type="button" className="quiet" onClick={() => void autosave.flush().then(onReload)}>
            {m.server.result.reload}
          </button>
        ) : (
          making && <span className="secondary">{m.server.result.stale}</span>
        )}
        <NewerNotes autosave={autosave} setId={setId} newest={annotation} />
        <Saving autosave={autosave} />
        <Versions autosave={autosave} setId={setId} table={workspace.table} />
      </nav>
      {opened.draft && <DraftOffer opened={opened} />}
      <div className="result-workspace">
        <ServerContext value={server}>{ready && <Screen origin="server" />}</ServerContext>
      </div>
      <Conflicts autosave={autosave} table={workspace.table} />
    </div>
  );
}

/** Read when two people have saved. */
const ConflictDialog = lazy(() => import("./ConflictDialog").then((m) => ({ default: m.ConflictDialog })));

function Conflicts({ autosave, table }: { autosave: Autosave; table: Table }) {
  const { kind } = useSignal(autosave.state);
  return (
    <Suspense>
      {kind === "conflict" && <ConflictDialog autosave={autosave} table={table} name={table.source.name} />}
    </Suspense>
  );
}

/** Nothing is lost on the way out: pages of this site wait for the last save, others ask. */
function useLeaving(autosave: Autosave): void {
  useSignal(autosave.state);
  useBlocker({
    shouldBlockFn: async () => {
      await autosave.flush();
      return autosave.pending && autosave.state.peek().kind === "conflict";
    },
    enableBeforeUnload: false,
  });
  useEffect(() => {
    const ask = (e: BeforeUnloadEvent) => {
      if (!autosave.pending) return;
      autosave.keepDraft();
      void autosave.flush();
      e.preventDefault();
    };
    const hide = () => {
      if (document.visibilityState === "hidden") autosave.keepDraft();
    };
    const press = (e: KeyboardEvent) => {
      if (e.key !== "s" || !(e.ctrlKey || e.metaKey) || e.shiftKey || e.altKey) return;
      e.preventDefault();
      void autosave.flush();
    };
    window.addEventListener("keydown", press);
    window.addEventListener("beforeunload", ask);
    document.addEventListener("visibilitychange", hide);
    return () => {
      window.removeEventListener("keydown", press);
      window.removeEventListener("beforeunload", ask);
      document.removeEventListener("visibilitychange", hide);
    };
  }, [autosave]);
}
