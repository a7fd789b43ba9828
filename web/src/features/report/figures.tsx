/** Drawings of a report. */
import { useMemo } from "react";
import type { Part } from "../../core/reportPlan";
import { axisLabel } from "../../ui/words";
import { Drawing } from "./Drawing";
import type { Report } from "./part";
import { Section } from "./part";
import { graphSvg, plotSvg } from "./pictures";
import { sampleName } from "./tables";

/** Width of what stands between the margins of A4, in pixels of a style sheet. */
const WIDTH = 686;

export function Graph({ report }: { report: Report }) {
  const { ws, context, rows, m } = report;
  const svg = useMemo(
    () =>
      context.samples.length > 1 && rows.length > 0
        ? graphSvg(ws, context, rows, m, { width: WIDTH, height: 270 })
        : "",
    [ws, context, rows, m],
  );
  if (svg === "") return null;
  return (
    <Section title={m.report.parts.graph} kind="graph">
      <Drawing svg={svg} />
      <p className="paper-remark">{m.report.paper.legendGraph}</p>
    </Section>
  );
}

export function Plot({ report, part, half }: { report: Report; part: Part; half: boolean }) {
  const { ws, plan, m } = report;
  const pane = plan.parts.filter((each) => each.plot).findIndex((each) => each.id === part.id);
  const y = part.plot?.mode === "bars" ? "size" : (part.plot?.y ?? "");
  const title = `${axisLabel(m, part.plot?.x ?? "")} × ${axisLabel(m, y)}`;
  const svg = useMemo(
    () =>
      pane < 0 ? "" : plotSvg(ws, pane, m, { width: half ? WIDTH / 2 - 9 : WIDTH, height: half ? 250 : 300 }, title),
    [ws, pane, m, half, title],
  );
  return (
    <Section title={title} kind="plot">
      <Drawing svg={svg} />
      <p className="paper-remark">
        {m.report.paper.legendPlot(sampleName(report, ws.sample.peek()), ws.order.peek().length)}
      </p>
    </Section>
  );
}
