/**
 * Reads the clonotypes of a set by a config, and what was noted on them, into a workspace: the largest clonotypes of each
 * sample, all that somebody noted something on, and those that were asked for by name. Sequences come later, for what is
 * looked at.
 */
import { bytes, call } from "../../api/client";
import type { Annotation, AnnotationBody, Fused, FusedSample } from "../../api/types";
import { decodeArrow } from "../../core/decode/arrow";
import type { Representative } from "../../core/sequences";
import { Sequences } from "../../core/sequences";
import type { Fact, Sample, SampleFacts, Table } from "../../core/table";
import { Workspace } from "../../core/workspace";
import type { SampleIds } from "./annotation";
import type { Store } from "./autosave";
import { Autosave, documentOf } from "./autosave";
import type { Draft } from "./draft";
import { draftsOf } from "./draft";

/** Which clonotypes are wanted. */
export interface Choice {
  /** Rank, in any of the samples; 0 is all that the server keeps. */
  readonly top: number;
  /** Identifiers of further ones. */
  readonly keep: readonly string[];
}

/** Enough for a first look at any sample, and 0.3 s at 100 samples. */
export const FIRST: Choice = { top: 1000, keep: [] };
/** Each time that more are asked for there are so many times as many; a server gives 100 000 at most by rank. */
const MORE = 10;
const MOST_BY_RANK = 100_000;
const FEW_SAMPLES = 20;

export const moreThan = ({ top, keep }: Choice): Choice => ({
  top: top * MORE > MOST_BY_RANK ? 0 : top * MORE,
  keep,
});

export interface Opened {
  readonly workspace: Workspace;
  readonly autosave: Autosave;
  /** Names the content of the columns: another digest is a newer result. */
  readonly digest: string;
  readonly choice: Choice;
  /** Whether the server has clonotypes of a higher rank. */
  readonly more: boolean;
  /** What an earlier page could not save. */
  readonly draft: Draft | null;
  readonly discardDraft: () => Promise<void>;
}

export const loadFused = (set: number, config: number, signal?: AbortSignal): Promise<Fused> =>
  call("get", "/api/v1/sets/{id}/fused", {
    path: { id: set },
    query: { config_id: config },
    ...(signal ? { signal } : {}),
  });

export interface ToOpen {
  readonly set: number;
  readonly config: number;
  readonly fused: Fused;
  readonly title: string;
  readonly choice: Choice;
  /** Whose drafts are looked for. */
  readonly person: number;
}

export async function openResult({ set, config, fused, title, choice, person }: ToOpen): Promise<Opened> {
  const drafts = draftsOf(person, set);
  const [columns, annotation, draft] = await Promise.all([
    bytes("/api/v1/sets/{id}/fused/clones.arrow", {
      path: { id: set },
      query: {
        config_id: config,
        // Average lengths by sample are as long as the reads: for plots of a few samples.
        lengths: fused.samples.length <= FEW_SAMPLES,
        ...(choice.top > 0 ? { top: choice.top } : {}),
        ...(choice.keep.length > 0 ? { keep: [...choice.keep] } : {}),
      },
    }),
    call("get", "/api/v1/sets/{id}/annotation", { path: { id: set } }),
    drafts.get().catch(() => null),
  ]);
  const read = described(decodeArrow(columns, title), fused, title);
  const sequences = new Sequences(read, (ids) => fetchSequences(set, config, ids));
  const table = sequences.laid();
  const ids = sampleIds(table, fused);
  const workspace = new Workspace(table, documentOf(table, ids, annotation), sequences);
  return {
    workspace,
    autosave: new Autosave(workspace, ids, annotation, storeOf(set), annotation.may_save ? drafts : null),
    digest: fused.digest ?? "",
    choice,
    more: choice.top > 0 && workspace.highestTop() >= choice.top,
    draft: draft && annotation.may_save && says(draft.body, annotation.body) ? draft : null,
    discardDraft: drafts.remove,
  };
}

/** Whether a draft says anything that the server does not know. */
const says = (draft: AnnotationBody, known: AnnotationBody): boolean => JSON.stringify(draft) !== JSON.stringify(known);

async function fetchSequences(set: number, config: number, ids: readonly string[]): Promise<readonly Representative[]> {
  const { items } = await call("post", "/api/v1/sets/{id}/fused/sequences", {
    path: { id: set },
    query: { config_id: config },
    body: { ids: [...ids] },
  });
  return items.map((s) => ({ id: s.id, sequence: s.sequence ?? "", quality: s.quality ?? "" }));
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
    return known ? describedSample(sample, known) : sample;
  });
  const first = fused.samples.find((s) => s.result)?.result?.provenance;
  const sets = new Set(fused.samples.map((s) => s.result?.provenance.germline?.sha256 ?? ""));
  return {
    ...table,
    samples,
    source: { name: title, producer: "vidjil", version: first?.engine ?? "" },
    ...(first?.germline && sets.size === 1
      ? { germline: { name: first.germline.name, digest: first.germline.sha256 } }
      : {}),
  };
}

function describedSample(sample: Sample, known: FusedSample): Sample {
  const { result } = known;
  const about: Sample = {
    ...sample,
    key: String(known.sample_id),
    name: known.title,
    originalName: known.file,
    date: known.sampling_date ?? "",
    info: known.info ?? "",
  };
  if (!result) return about;
  const diversity: Record<string, Record<string, number>> = {};
  const add = (system: string, values: Readonly<Record<string, number>> | undefined) => {
    for (const [index, value] of Object.entries(values ?? {})) {
      diversity[index] = { ...diversity[index], [system]: value };
    }
  };
  add("all", result.diversity);
  for (const s of result.systems ?? []) add(s.system, s.diversity);
  return {
    ...about,
    producer: `${result.provenance.program} ${result.provenance.engine}`,
    runTimestamp: result.created_at,
    clonotypes: Object.fromEntries((result.systems ?? []).map((s) => [s.system, s.clonotypes])),
    diversity,
    facts: factsOf(result),
  };
}

function factsOf(result: NonNullable<FusedSample["result"]>): SampleFacts {
  const { provenance, pre_process: pre } = result;
  const germline = provenance.germline;
  return {
    causes: result.causes ?? {},
    filtered: result.filtered ?? 0,
    windows: result.windows ?? result.clonotypes,
    ...(germline ? { germline: `${germline.name} ${germline.version} (${germline.sha256.slice(0, 12)})` } : {}),
    parameters: flat(provenance.options),
    ...(pre ? { preProcess: flat(pre) } : {}),
    warnings: (result.warnings ?? []).map(({ code, level, message }) => ({ code, level, message })),
  };
}

/** The members of an object, those of objects in it too, as lines. */
function flat(value: unknown, prefix = ""): Fact[] {
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([name, v]: [string, unknown]) => {
    if (typeof v === "object" && v !== null && !Array.isArray(v)) return flat(v, `${prefix}${name}.`);
    if (v === "" || v === null || v === undefined || (Array.isArray(v) && v.length === 0)) return [];
    return [{ name: prefix + name, value: typeof v === "number" ? v : Array.isArray(v) ? v.join(", ") : String(v) }];
  });
}
