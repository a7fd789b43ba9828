/** The report of a result: what it has is chosen on the left, the sheet is seen on the right. Nothing here changes the result. */
import { IconArrowLeft, IconFileDownload, IconPrinter } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useParams } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import { inside } from "../../api/base";
import { set, whoami } from "../../api/queries";
import { useSession } from "../../app/useSession";
import type { Row, SampleIndex } from "../../core/table";
import { decode } from "../../core/url";
import type { Workspace } from "../../core/workspace";
import { download, fileName } from "../../ui/download";
import { useSignal } from "../../ui/useSignal";
import { FIRST, loadFused, openResult } from "../result/open";
import { useDraft } from "../server/draft";
import { SchemeButton } from "../server/look";
import { Empty, Fault, Loading, Page, useMessages } from "../server/parts";
import { Choices } from "./Choices";
import type { Choice, Draft } from "./draft";
import { isDraft, newDraft, openingChoice, workspaceOf } from "./draft";
import { Paper } from "./Paper";
import { makeReport, subjectTitle } from "./part";
import "./report.css";
import { standalone } from "./standalone";
import type { Subject } from "./subject";
import { subjectOfFile, subjectOfSet } from "./subject";
import { ViewLink } from "./ViewLink";

/** The workspace that the report is of, with its view: its address is this one's without the last part. */
const workspaceHref = () => inside(window.location.pathname).replace(/\/report\/*$/, "") + window.location.search;

/** Of a set by a config, as the server has it now. */
export function ServerReport() {
  const { result } = useParams({ from: "/result/a/$result/report" });
  const [setId = 0, configId = 0] = result.split("-").map(Number);
  const m = useMessages();
  const it = useQuery(set(setId));
  const who = useQuery(whoami);
  const fused = useQuery({
    queryKey: ["set", setId, "fused", configId],
    queryFn: ({ signal }) => loadFused(setId, configId, signal),
  });
  const digest = fused.data?.digest ?? "";
  const opened = useQuery({
    queryKey: ["report", setId, configId, digest],
    queryFn: () => {
      if (!fused.data || !it.data) throw new Error("not known yet");
      return openResult({
        set: setId,
        config: configId,
        fused: fused.data,
        title: it.data.title,
        // What was noted is there wherever it ranks.
        choice: { ...FIRST, keep: [...selectedIds()].slice(0, MOST_KEPT) },
        person: who.data?.user?.id ?? 0,
      });
    },
    enabled: digest !== "" && it.data !== undefined && !who.isPending,
    // What somebody reads and signs does not change under their eyes.
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 0,
    refetchOnWindowFocus: false,
    refetchOnReconnect: false,
    structuralSharing: false,
  });
  const back = (
    <ViewLink href={workspaceHref} className="quiet">
      <IconArrowLeft size={16} stroke={1.6} aria-hidden /> {m.report.back}
    </ViewLink>
  );
  const error = it.error ?? fused.error ?? opened.error;
  if (!error && opened.data && it.data && fused.data && !who.isPending) {
    return (
      <Reporting
        key={digest}
        of={opened.data.workspace}
        subject={subjectOfSet(it.data, fused.data, who.data)}
        draftKey={`report.${result}`}
        back={back}
      />
    );
  }
  return (
    <Page title={m.report.title} kicker={back} ready={error !== null || (fused.data !== undefined && digest === "")}>
      {error ? (
        <Fault error={error} retry={() => void Promise.all([it.refetch(), fused.refetch()])} />
      ) : fused.data && digest === "" ? (
        <Empty title={m.server.result.absentTitle} text={m.server.result.absent} />
      ) : (
        <Loading />
      )}
    </Page>
  );
}

/** Of a file of this computer, or of the demonstration. */
export function LocalReport() {
  const m = useMessages();
  const ws = useSignal(useSession().workspace);
  useEffect(() => {
    // What was noted on a file of this computer is in this tab only.
    const ask = (e: BeforeUnloadEvent) => {
      if (ws?.canUndo.peek()) e.preventDefault();
    };
    window.addEventListener("beforeunload", ask);
    return () => window.removeEventListener("beforeunload", ask);
  }, [ws]);
  if (!ws) return null;
  return (
    <Reporting
      of={ws}
      subject={subjectOfFile(ws.table)}
      draftKey={`report.${ws.table.source.name}`}
      back={
        <ViewLink href={workspaceHref} className="quiet">
          <IconArrowLeft size={16} stroke={1.6} aria-hidden /> {m.report.back}
        </ViewLink>
      }
    />
  );
}

/** More selected clonotypes than this are not asked for beyond the largest: their ids stand in an address. */
const MOST_KEPT = 100;

/** What is selected: it came along from the workspace, in this tab, or stands in the address. */
function selectedIds(): readonly string[] {
  const given = (history.state as { selection?: unknown } | null)?.selection;
  if (Array.isArray(given)) return given.filter((id): id is string => typeof id === "string");
  return decode(location.search).selection ?? [];
}

interface Props {
  /** Its table and what was noted on it; it stays as it is. */
  readonly of: Workspace;
  readonly subject: Subject;
  readonly draftKey: string;
  readonly back: ReactNode;
}

function Reporting({ of, subject, draftKey, back }: Props) {
  const m = useMessages();
  const [doc] = useState(() => of.doc.peek());
  const { table } = of;
  // The view of the workspace, as it was when the report was asked for.
  const [query] = useState(() => location.search);
  const [selected] = useState(selectedIds);
  const [at] = useState(() => new Date().toISOString());
  const { value: draft, change: setDraft, restored } = useDraft<Draft>(draftKey, newDraft(subject.author), isDraft);
  const [choice, setChoice] = useState<Choice>(() => openingChoice(table, doc, query));
  const sheet = useRef<HTMLElement>(null);
  const ws = useMemo(
    () => workspaceOf(of, doc, { query, selected }, choice, draft.plan, (n) => `${m.report.paper.sample} ${n}`),
    [of, doc, query, selected, choice, draft.plan, m],
  );
  const report = useMemo(
    () => makeReport({ ws, subject, plan: draft.plan, author: draft.author, m, at }),
    [ws, subject, draft, m, at],
  );
  const missing = useLetters(of, report.rows);
  const title = `${subjectTitle(report)} · ${draft.plan.title || m.report.title}`;
  const nameOf = (sample: SampleIndex) => doc.sampleNames.get(sample) ?? table.samples[sample]?.name ?? "";
  const save = async () => {
    if (sheet.current)
      download(`${fileName(title)}.html`, await standalone(sheet.current, title, m.locale), "text/html");
  };
  return (
    <div className="server report" data-ready>
      <title>{title}</title>
      <header className="report-bar">
        {back}
        <span className="spring" />
        {restored && <span className="secondary">{m.report.restored}</span>}
        <SchemeButton />
        <button type="button" className="button" onClick={() => void save()}>
          <IconFileDownload size={16} stroke={1.6} aria-hidden /> {m.report.saveHtml}
        </button>
        <button type="button" className="button primary" title={m.report.printHint} onClick={() => window.print()}>
          <IconPrinter size={16} stroke={1.6} aria-hidden /> {m.report.print}
        </button>
      </header>
      {missing !== null && <Fault error={missing.error} retry={missing.again} />}
      <div className="report-body">
        <aside className="report-choices" aria-label={m.report.choices}>
          <h1>{m.report.title}</h1>
          <Choices
            report={report}
            draft={draft}
            choice={choice}
            order={doc.sampleOrder}
            nameOf={nameOf}
            onDraft={setDraft}
            onChoice={setChoice}
          />
        </aside>
        {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls is reached by the keyboard */}
        <main id="content" className="report-preview" aria-label={m.report.preview} tabIndex={0}>
          <Paper report={report} sheet={sheet} />
        </main>
      </div>
    </div>
  );
}

/** Sequences of a server come when they are asked for: those of the report are. What failed is told. */
function useLetters(ws: Workspace, rows: readonly Row[]): { error: unknown; again: () => void } | null {
  useSignal(ws.sequences.arrived);
  const failure = useSignal(ws.sequences.failure);
  const need = useCallback(() => void ws.sequences.need(rows).catch(() => undefined), [ws, rows]);
  useEffect(need, [need]);
  return failure === null ? null : { error: failure, again: need };
}
