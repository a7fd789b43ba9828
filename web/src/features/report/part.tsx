/** What the parts of a report have in common. */
import type { ReactNode } from "react";
import type { ReportContext } from "../../core/report";
import { reportRows } from "../../core/report";
import type { Plan } from "../../core/reportPlan";
import type { Row } from "../../core/table";
import type { Workspace } from "../../core/workspace";
import type { Messages } from "../../i18n";
import type { Subject } from "./subject";

/** What every part of the paper knows. */
export interface Report {
  readonly ws: Workspace;
  readonly context: ReportContext;
  readonly rows: readonly Row[];
  readonly subject: Subject;
  readonly plan: Plan;
  readonly author: string;
  readonly m: Messages;
  /** When the report was made, ISO 8601. */
  readonly at: string;
}

/** Who it is about, or its number where no name may stand. */
export function subjectTitle({ subject, plan, m }: Pick<Report, "subject" | "plan" | "m">): string {
  const kind = m.report.paper.kinds[subject.kind];
  if (!plan.anonymous) return subject.title;
  return `${kind} ${subject.number}`.trim();
}

export function makeReport(of: Omit<Report, "context" | "rows">): Report {
  const { ws, plan } = of;
  const context: ReportContext = {
    table: ws.table,
    doc: ws.doc.peek(),
    clusters: ws.clusters.peek(),
    denominator: ws.denominator.peek(),
    samples: ws.shown.peek(),
  };
  return { ...of, context, rows: reportRows(context, plan.include, ws.selectedRows.peek()) };
}

/** A part with its heading. */
export function Section({ title, children, kind }: { title: string; children: ReactNode; kind: string }) {
  return (
    <section className={`paper-part paper-${kind}`}>
      <h2>{title}</h2>
      {children}
    </section>
  );
}
