/** The sheet of a report: what is printed, and what the file has. Always dark on white, whatever the page looks like. */
import type { ReactNode, Ref } from "react";
import { useMemo } from "react";
import type { Part } from "../../core/reportPlan";
import { timeText } from "../server/format";
import { Graph, Plot } from "./figures";
import type { Report } from "./part";
import { subjectTitle } from "./part";
import { Sequences } from "./SequenceList";
import { ClonotypeTables, Overlap, SamplesTable, SystemsTable, Warnings } from "./tables";
import { About, Notes, Notice, Paragraph, Signatures } from "./words";
import "./paper.css";

export function Paper({ report, sheet }: { report: Report; sheet: Ref<HTMLElement> }) {
  const { m, plan, subject, author, at } = report;
  const made = m.report.paper.made(author, timeText(at, m.locale));
  const title = subjectTitle(report);
  const groups = useMemo(() => paired(plan.parts.filter((part) => part.shown)), [plan.parts]);
  return (
    <article className="paper" ref={sheet} lang={m.locale}>
      <style>{pageStyle(`${title} · ${made}`, m.report.paper.page)}</style>
      <header className="paper-head">
        <div>
          <h1>{plan.title || m.report.headingHint}</h1>
          <p className="paper-subject">
            {!plan.anonymous && !subject.nameless && <span>{m.report.paper.kinds[subject.kind]} </span>}
            <strong>
              <bdi>{title}</bdi>
            </strong>
          </p>
        </div>
        <p className="paper-made">{made}</p>
      </header>
      {groups.map((group) =>
        group.length > 1 ? (
          <div key={group[0]?.id} className="paper-pair">
            {group.map((part) => (
              <PartOf key={part.id} part={part} report={report} half />
            ))}
          </div>
        ) : (
          group.map((part) => <PartOf key={part.id} part={part} report={report} half={false} />)
        ),
      )}
    </article>
  );
}

/** Two plots that follow each other stand side by side. */
function paired(parts: readonly Part[]): readonly (readonly Part[])[] {
  const out: Part[][] = [];
  for (const part of parts) {
    const last = out.at(-1);
    if (part.kind === "plot" && last?.length === 1 && last[0]?.kind === "plot") last.push(part);
    else out.push([part]);
  }
  return out;
}

function PartOf({ part, report, half }: { part: Part; report: Report; half: boolean }): ReactNode {
  switch (part.kind) {
    case "about":
      return <About report={report} />;
    case "samples":
      return <SamplesTable report={report} />;
    case "systems":
      return <SystemsTable report={report} />;
    case "graph":
      return <Graph report={report} />;
    case "plot":
      return <Plot report={report} part={part} half={half} />;
    case "clonotypes":
      return <ClonotypeTables report={report} />;
    case "sequences":
      return <Sequences report={report} />;
    case "warnings":
      return <Warnings report={report} />;
    case "overlap":
      return <Overlap report={report} />;
    case "notes":
      return <Notes report={report} />;
    case "text":
      return <Paragraph report={report} text={part.text} />;
    case "signature":
      return <Signatures report={report} text={part.text} />;
    case "notice":
      return <Notice report={report} />;
  }
}

/** A text as a string of a style sheet, which no text can leave. */
const cssString = (text: string): string =>
  `"${[...text.replace(/\s+/g, " ")]
    .map((c) => (/[\p{L}\p{N} .,:;·–-]/u.test(c) ? c : `\\${(c.codePointAt(0) ?? 32).toString(16)} `))
    .join("")}"`;

/** Foot of each printed page: what the sheet is, and which page of how many. */
const pageStyle = (foot: string, page: string): string => `@page {
  size: A4 portrait;
  margin: 15mm 14mm 17mm;
  @bottom-left { content: ${cssString(foot)}; font: 7.5pt "IBM Plex Sans", sans-serif; color: #54616f; }
  @bottom-right { content: ${cssString(`${page} `)} counter(page) " / " counter(pages); font: 7.5pt "IBM Plex Sans", sans-serif; color: #54616f; }
}`;
