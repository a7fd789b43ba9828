/** Chosen samples of any sets side by side. Nothing of it is kept: the address says what is compared. */
import { useQuery } from "@tanstack/react-query";
import { useParams } from "@tanstack/react-router";
import { useEffect, useState } from "react";
import { bytes, call } from "../../api/client";
import { configs } from "../../api/queries";
import type { Fused } from "../../api/types";
import { useSession } from "../../app/useSession";
import { decodeArrow } from "../../core/decode/arrow";
import { Workspace } from "../../core/workspace";
import { described } from "../result/open";
import { Empty, Fault, Loading, Page, State, useMessages } from "../server/parts";
import { Screen } from "../workspace/Screen";
import "../result/result.css";

/** While the results are put together, their state is asked for again. */
const AGAIN_MS = 1000;

export function ComparePage() {
  const { of } = useParams({ from: "/result/compare/$of" });
  const [config = "", samples = ""] = of.split("-");
  return <Compared key={of} config={Number(config)} samples={samples} />;
}

/** Dots are of older links: the server takes an address that ends with one for a file. */
const samplesOf = (text: string): readonly string[] => text.split(/[._]/);

async function compare(config: number, samples: string): Promise<Fused> {
  const ids = samplesOf(samples).map(Number).filter(Number.isSafeInteger);
  return call("post", "/api/v1/compare", { body: { config_id: config, sample_ids: ids } });
}

async function open(fused: Fused, title: string): Promise<Workspace> {
  const id = fused.comparison_id ?? 0;
  const fields = (await call("get", "/api/v1/columns")).items;
  const columns = await bytes("/api/v1/comparisons/{id}/clones.arrow", { path: { id }, query: { fields } });
  return new Workspace(described(decodeArrow(columns, title), fused, title));
}

function Compared({ config, samples }: { config: number; samples: string }) {
  const m = useMessages();
  const words = m.lists;
  const name = useQuery(configs).data?.items.find((c) => c.id === config)?.name ?? "";
  const fused = useQuery({
    queryKey: ["compare", config, samples],
    queryFn: () => compare(config, samples),
    refetchInterval: (query) =>
      query.state.data && !query.state.data.digest && !query.state.data.job?.ended_at ? AGAIN_MS : false,
    staleTime: Number.POSITIVE_INFINITY,
    refetchOnWindowFocus: false,
  });
  const title = `${words.comparison(samplesOf(samples).length)}${name ? ` · ${name}` : ""}`;
  const ready = fused.data?.digest ? fused.data : undefined;
  const opened = useQuery({
    queryKey: ["compared", config, samples, ready?.digest ?? ""],
    queryFn: () => (ready ? open(ready, title) : Promise.reject(new Error("not known yet"))),
    enabled: ready !== undefined,
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 0,
    refetchOnWindowFocus: false,
    structuralSharing: false,
  });
  const error = fused.error ?? opened.error;
  if (opened.data) return <Shown workspace={opened.data} />;
  const failed = fused.data?.job?.ended_at && !ready;
  return (
    <Page title={title} ready={error !== null || Boolean(failed)}>
      {error && <Fault error={error} retry={() => void fused.refetch()} />}
      {!error && failed && <Empty title={words.compareFailed} text={fused.data?.job?.error ?? ""} />}
      {!error && !failed && fused.data?.job && (
        <p role="status">
          {m.server.result.making} <State state={fused.data.job.state} progress={fused.data.job.progress} />
        </p>
      )}
      {!error && !failed && !fused.data?.job && <Loading />}
    </Page>
  );
}

function Shown({ workspace }: { workspace: Workspace }) {
  const m = useMessages();
  const session = useSession();
  const [ready, setReady] = useState(false);
  useEffect(() => {
    session.notices.value = [];
    session.workspace.value = workspace;
    setReady(true);
    return () => {
      session.workspace.value = null;
    };
  }, [session, workspace]);
  return (
    <div className="result">
      <title>{`${workspace.table.source.name} · ${m.app}`}</title>
      <nav className="server result-bar">
        <button type="button" className="quiet" onClick={() => window.history.back()}>
          {m.server.common.back}
        </button>
        <span>{workspace.table.source.name}</span>
        <span className="spring" />
        <span className="secondary">{m.lists.compareKept}</span>
      </nav>
      <div className="result-workspace">{ready && <Screen origin="comparison" />}</div>
    </div>
  );
}
