/** What people do with samples on a picture: reorder and hide. */
import type { SampleIndex } from "../core/table";
import type { Workspace } from "../core/workspace";

/** The whole order after a sample of those on display took another place among them; hidden ones keep theirs. */
export function movedOrder(
  order: readonly SampleIndex[],
  shown: readonly SampleIndex[],
  sample: SampleIndex,
  to: number,
): SampleIndex[] {
  const next = shown.filter((s) => s !== sample);
  next.splice(to, 0, sample);
  const places = new Set(shown);
  let i = 0;
  return order.map((s) => (places.has(s) ? next[i++]! : s));
}

/** Moves a sample to a place among those on display, from 0; undoable. */
export function moveSample(ws: Workspace, sample: SampleIndex, to: number): void {
  const shown = ws.shown.peek();
  if (shown.indexOf(sample) === to) return;
  ws.commit({ kind: "orderSamples", order: movedOrder(ws.doc.peek().sampleOrder, shown, sample, to) });
}

/** Hides a sample, unless it is the last; undoable. */
export function hideSample(ws: Workspace, sample: SampleIndex): void {
  ws.commit({ kind: "hideSamples", hidden: [...ws.doc.peek().hiddenSamples, sample] });
}

/** Shows only some samples, in the order that there is; undoable. */
export function showOnly(ws: Workspace, samples: readonly SampleIndex[]): void {
  const wanted = new Set(samples);
  ws.commit({ kind: "hideSamples", hidden: ws.doc.peek().sampleOrder.filter((s) => !wanted.has(s)) });
}

/** Samples that have reads of all selected clonotypes. */
export function samplesWithSelection(ws: Workspace): SampleIndex[] {
  const rows = ws.selectedRows.peek();
  const { reads } = ws.clusters.peek();
  return ws.doc.peek().sampleOrder.filter((s) => rows.every((row) => reads.of(row, s) > 0));
}
