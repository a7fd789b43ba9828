import { Menu } from "@mantine/core";
import { writeAnalysis } from "../../core/analysis";
import { toCsv, toFasta } from "../../core/export";
import { share } from "../../core/format";
import type { Workspace } from "../../core/workspace";
import { messages } from "../../i18n";
import { download, fileName } from "../../ui/download";
import { useSignal } from "../../ui/useSignal";
import { useWorkspace } from "./context";

const context = (ws: Workspace) => ({
  table: ws.table,
  doc: ws.doc.peek(),
  clusters: ws.clusters.peek(),
  denominator: ws.denominator.peek(),
});

const base = (ws: Workspace): string => fileName(ws.table.source.name.replace(/\.vidjil$|\.tsv$|\.airr$/, ""));

export function fastaOfSelection(ws: Workspace): string {
  return toFasta(context(ws), ws.selectedRows.peek(), (row) => share(ws.sizes.peek()[row]!));
}

/** "YYYY-MM-DD HH:MM:SS" of now, as files have it. */
const now = (): string => new Date().toISOString().slice(0, 19).replace("T", " ");

/** Files for other programs. */
export function ExportMenuItems() {
  const ws = useWorkspace();
  const m = useSignal(messages);
  const selected = useSignal(ws.selection).count;
  return (
    <>
      <Menu.Item
        onClick={() => download(`${base(ws)}.csv`, toCsv(context(ws), ws.order.peek()), "text/csv;charset=utf-8")}
      >
        {m.export.csv}
      </Menu.Item>
      <Menu.Item disabled={selected === 0} onClick={() => download(`${base(ws)}.fasta`, fastaOfSelection(ws))}>
        {m.export.fasta}
      </Menu.Item>
      <Menu.Item
        onClick={() =>
          download(`${base(ws)}.analysis`, writeAnalysis(ws.table, ws.doc.peek(), now()), "application/json")
        }
      >
        {m.export.analysis}
      </Menu.Item>
    </>
  );
}
