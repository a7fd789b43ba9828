/** Reads the clonotypes of a set by a config, and what was noted on them, into a workspace. */
import { bytes, call } from "../../api/client";
import type { Annotation, AnnotationBody, Fused } from "../../api/types";
import { decodeArrow } from "../../core/decode/arrow";
import type { Table } from "../../core/table";
import { Workspace } from "../../core/workspace";
import type { SampleIds } from "./annotation";
import type { Store } from "./autosave";
import { Autosave, documentOf } from "./autosave";

export interface Opened {
  readonly workspace: Workspace;
  readonly autosave: Autosave;
  /** Names the content of the columns: another digest is a newer result. */
  readonly digest: string;
}

export const loadFused = (set: number, config: number, signal?: AbortSignal): Promise<Fused> =>
  call("get", "/api/v1/sets/{id}/fused", {
    path: { id: set },
    query: { config_id: config },
    ...(signal ? { signal } : {}),
  });

export async function openResult(set: number, config: number, fused: Fused, title: string): Promise<Opened> {
  // All columns, the sequences with them: the list is cut to the largest clonotypes by the config already.
  const fields = (await call("get", "/api/v1/columns")).items;
  const [columns, annotation] = await Promise.all([
    bytes("/api/v1/sets/{id}/fused/clones.arrow", { path: { id: set }, query: { config_id: config, fields } }),
    call("get", "/api/v1/sets/{id}/annotation", { path: { id: set } }),
  ]);
  const table = described(decodeArrow(columns, title), fused, title);
  const ids = sampleIds(table, fused);
  const workspace = new Workspace(table, documentOf(table, ids, annotation));
  return { workspace, autosave: new Autosave(workspace, ids, annotation, storeOf(set)), digest: fused.digest ?? "" };
}

const storeOf = (id: number): Store => ({
  load: (): Promise<Annotation> => call("get", "/api/v1/sets/{id}/annotation", { path: { id } }),
  save: (body: AnnotationBody, based: number): Promise<Annotation> =>
    call("put", "/api/v1/sets/{id}/annotation", { path: { id }, body: { body }, ifMatch: based }),
});

export function sampleIds(table: Table, fused: Fused): SampleIds {
  const byColumn = new Map(fused.samples.map((s) => [s.column, s.sample_id]));
  return table.samples.map((_, i) => byColumn.get(i) ?? 0);
}

/** Samples by the titles that this person may see, with their dates and how their results were made. */
export function described(table: Table, fused: Fused, title: string): Table {
  const byColumn = new Map(fused.samples.map((s) => [s.column, s]));
  const samples = table.samples.map((sample, i) => {
    const known = byColumn.get(i);
    if (!known) return sample;
    const { result } = known;
    return {
      ...sample,
      name: known.title,
      originalName: known.file,
      date: known.sampling_date ?? "",
      info: known.info ?? "",
      ...(result
        ? { producer: `${result.provenance.program} ${result.provenance.engine}`, runTimestamp: result.created_at }
        : {}),
    };
  });
  const engine = fused.samples.find((s) => s.result)?.result?.provenance.engine ?? "";
  return { ...table, samples, source: { name: title, producer: "vidjil", version: engine } };
}
