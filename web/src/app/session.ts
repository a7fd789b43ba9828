/** What is open in this page: at most one workspace, from a local file or, later, from the server. */
import { signal } from "@preact/signals-core";
import type { Merged } from "../core/analysis";
import { DecodeError } from "../core/decode/error";
import type { Table } from "../core/table";
import type { Workspace } from "../core/workspace";
import type { Messages } from "../i18n";

export interface Problem {
  readonly file: string;
  readonly text: (m: Messages) => string;
}

export class Session {
  readonly workspace = signal<Workspace | null>(null);
  readonly problem = signal<Problem | null>(null);
  readonly notices = signal<readonly ((m: Messages) => string)[]>([]);
  readonly busy = signal(false);

  /** Opens what somebody chose or dropped: a result, with an analysis or without. True when a result is open then. */
  async openFiles(files: readonly File[]): Promise<boolean> {
    this.busy.value = true;
    this.problem.value = null;
    this.notices.value = [];
    let name = "";
    try {
      const { open, readAnalysis, Workspace } = await import("./opening");
      let table: Table | null = null;
      let analysis: string | null = null;
      for (const file of files) {
        name = file.name;
        const opened = await open(new Uint8Array(await file.arrayBuffer()), file.name);
        if (opened.kind === "table") table = opened.table;
        else analysis = opened.text;
      }
      if (table) this.workspace.value = new Workspace(table);
      else if (analysis !== null && !this.workspace.peek()) {
        this.problem.value = { file: name, text: (m) => m.start.analysisAlone };
        return false;
      }
      const ws = this.workspace.peek();
      if (ws && analysis !== null) {
        const merged = readAnalysis(ws.table, analysis);
        ws.replaceDocument(merged.document);
        this.tell(merged);
      }
      return ws !== null;
    } catch (cause) {
      const text =
        cause instanceof DecodeError
          ? (m: Messages) => m.start.problem[cause.problem]
          : (m: Messages) => m.start.unreadable;
      this.problem.value = { file: name, text };
      return false;
    } finally {
      this.busy.value = false;
    }
  }

  private tell(merged: Merged): void {
    const { unknownTags, unmatchedClones } = merged;
    this.notices.value = [
      ...(unknownTags.length > 0 ? [(m: Messages) => m.unknownTags(unknownTags.join(", "))] : []),
      ...(unmatchedClones > 0 ? [(m: Messages) => m.unmatched(unmatchedClones)] : []),
    ];
  }

  /** The simulated patient that comes with the client. */
  async openDemo(): Promise<boolean> {
    const [result, analysis] = await Promise.all([
      fetch(new URL("../demo/demo.vidjil.gz", import.meta.url)),
      fetch(new URL("../demo/demo.analysis", import.meta.url)),
    ]);
    return this.openFiles([
      new File([await result.arrayBuffer()], "demo.vidjil.gz"),
      new File([await analysis.arrayBuffer()], "demo.analysis"),
    ]);
  }
}
