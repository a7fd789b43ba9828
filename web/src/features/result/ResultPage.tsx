/** The clonotypes of a set by a config: read, shown in the workspace, and what people note on them kept. */
import { useQuery } from "@tanstack/react-query";
import { Link, useBlocker, useParams } from "@tanstack/react-router";
import { useEffect, useState } from "react";
import { configs, set } from "../../api/queries";
import { useSession } from "../../app/useSession";
import { useSignal } from "../../ui/useSignal";
import { Empty, Fault, Loading, Page, Progress, State, useMessages } from "../server/parts";
import { listPath, useSetEvents } from "../server/Shell";
import { Screen } from "../workspace/Screen";
import type { Autosave } from "./autosave";
import type { Opened } from "./open";
import { loadFused, openResult } from "./open";
import { Conflict, Saving } from "./Saving";
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
  const config = useQuery(configs).data?.items.find((c) => c.id === configId);
  const fused = useQuery({
    queryKey: ["set", setId, "fused", configId],
    queryFn: ({ signal }) => loadFused(setId, configId, signal),
  });
  const title = it.data ? `${it.data.title}${config ? ` · ${config.name}` : ""}` : "";
  const digest = fused.data?.digest ?? "";
  const opened = useQuery({
    queryKey: ["opened", setId, configId],
    queryFn: () => {
      if (!fused.data) throw new Error("not known yet");
      return openResult(setId, configId, fused.data, title);
    },
    enabled: digest !== "" && it.data !== undefined,
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
        key={opened.data.digest}
        opened={opened.data}
        setId={setId}
        newer={digest !== "" && digest !== opened.data.digest}
        making={fused.data?.state === "stale"}
        onReload={() => void opened.refetch()}
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
  readonly newer: boolean;
  readonly making: boolean;
  onReload(): void;
}

function Shown({ opened, setId, newer, making, onReload }: ShownProps) {
  const m = useMessages();
  const session = useSession();
  const it = useQuery(set(setId)).data;
  const [ready, setReady] = useState(false);
  const { workspace, autosave } = opened;
  useEffect(() => {
    session.notices.value = [];
    session.workspace.value = workspace;
    setReady(true);
    autosave.start();
    return () => {
      void autosave.stop();
      session.workspace.value = null;
    };
  }, [session, workspace, autosave]);
  useLeaving(autosave);
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
        <Saving autosave={autosave} />
      </nav>
      <div className="result-workspace">{ready && <Screen />}</div>
      <Conflict autosave={autosave} />
    </div>
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
    // The workspace asks whenever something can be undone, which is right for a file of this computer. Here it was saved,
    // and there is nothing to ask: this listener comes first, since it captures.
    const ask = (e: BeforeUnloadEvent) => {
      e.stopImmediatePropagation();
      if (!autosave.pending) return;
      void autosave.flush();
      e.preventDefault();
    };
    window.addEventListener("beforeunload", ask, { capture: true });
    return () => window.removeEventListener("beforeunload", ask, { capture: true });
  }, [autosave]);
}
