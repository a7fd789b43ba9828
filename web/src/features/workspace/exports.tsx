import { toFasta } from "../../core/export";
import { share } from "../../core/format";
import type { Workspace } from "../../core/workspace";

const context = (ws: Workspace) => ({
  table: ws.table,
  doc: ws.doc.peek(),
  clusters: ws.clusters.peek(),
  denominator: ws.denominator.peek(),
});

/** What is selected, for the clipboard. */
export function fastaOfSelection(ws: Workspace): string {
  return toFasta(context(ws), ws.selectedRows.peek(), (row) => share(ws.sizes.peek()[row]!));
}
