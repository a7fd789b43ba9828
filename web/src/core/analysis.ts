/**
 * The .analysis file: what people noted, in the form that Vidjil's clients exchange. What it says of clonotypes and
 * samples that are not here is carried along and written back.
 */
import type { Json, JsonObject } from "./decode/json";
import { isObject, list, listOrOne, numeric, object, string } from "./decode/json";
import type { Carried, Document, Standard } from "./document";
import { EXTERNAL, newDocument, standardOf } from "./document";
import { colorOf } from "./palette";
import type { Row, SampleIndex, Table } from "./table";
import { tagById, tagOf } from "./tags";

const VERSION = "2016b";

/** What could not be taken over, for a message: nothing is dropped silently. */
export interface Merged {
  readonly document: Document;
  readonly unknownTags: readonly string[];
  readonly unmatchedClones: number;
}

/** Lays an .analysis over a table, in place of what was noted before. Throws a SyntaxError when it is not JSON. */
export function readAnalysis(table: Table, text: string): Merged {
  const file = object(JSON.parse(text.trim() === "" ? "{}" : text));
  const empty = newDocument(table);
  const clones = readClones(table, list(file.clones).filter(isObject));
  const clusters = readClusters(table, list(file.clusters ?? file.cluster));
  const samples = readSamples(table, object(file.samples));
  const {
    clones: _c,
    clusters: _s,
    cluster: _o,
    samples: _p,
    info,
    tags,
    normalization,
    producer: _r,
    timestamp: _t,
    vidjil_json_version: _v,
    ...extra
  } = file;
  const carried: Carried = {
    clones: clones.unmatched,
    clusters: clusters.unmatched,
    members: clusters.members,
    samples: samples.unmatched,
    extra,
  };
  return {
    document: {
      ...empty,
      ...clones.notes,
      standard: clones.standard ?? readNormalization(table, normalization),
      tagNames: readTagNames(object(object(tags).names)),
      ...samples.notes,
      clusters: clusters.given ? clusters.rows : empty.clusters,
      info: string(info),
      carried: { ...carried, extra: keptTags(carried.extra, object(tags)) },
    },
    unknownTags: [...clones.unknownTags],
    unmatchedClones: clones.unmatched.length,
  };
}

/** What a file says of normalisation when no clonotype is the standard: reads of another program, or none. */
function readNormalization(table: Table, v: Json): Document["standard"] {
  const type = string(object(v).type);
  if (type === "input" || type === "data") return table.normalized ? EXTERNAL : null;
  return type === "none" ? null : newDocument(table).standard;
}

function readTagNames(names: JsonObject): Map<string, string> {
  const out = new Map<string, string>();
  for (const [written, name] of Object.entries(names)) {
    const tag = tagOf(written);
    if (tag !== "" && string(name) !== "") out.set(tag, string(name));
  }
  return out;
}

/** What a file says of tags besides their names is written back. */
function keptTags(extra: Carried["extra"], tags: JsonObject): Carried["extra"] {
  const { names: _, ...rest } = tags;
  return Object.keys(rest).length > 0 ? { ...extra, tags: rest } : extra;
}

/** By window; else the first clonotype whose window lies in the saved sequence. */
function match(table: Table, clone: JsonObject): Row | undefined {
  const row = table.rowOf(string(clone.id));
  if (row !== undefined) return row;
  const sequence = string(clone.sequence).toUpperCase();
  if (sequence.length < 20) return undefined;
  for (let r = 0; r < table.rows; r++) {
    const window = table.id.at(r);
    if (window.length >= 20 && sequence.includes(window.toUpperCase())) return r;
  }
  return undefined;
}

function readClones(table: Table, saved: readonly JsonObject[]) {
  const tags = new Map<Row, string>();
  const names = new Map<Row, string>();
  const notes = new Map<Row, string>();
  const colors = new Map<Row, string>();
  const unknownTags = new Set<string>();
  const unmatched: Json[] = [];
  let standard: Standard | null = null;
  for (const clone of saved) {
    const row = match(table, clone);
    if (row === undefined) {
      unmatched.push(clone);
      continue;
    }
    const written = string(clone.tag);
    const tag = tagOf(written);
    // A tag of one's own is kept as it is, and told.
    if (tag !== "") tags.set(row, tag);
    if (tag !== "" && !tagById(tag)) unknownTags.add(written);
    if (string(clone.name) !== "") names.set(row, string(clone.name));
    // Files of the server say "notes"; those that this client wrote before said "note".
    const note = string(clone.notes) || string(clone.note);
    if (note !== "") notes.set(row, note);
    const color = colorOf(string(clone.colour));
    if (color !== "") colors.set(row, color);
    const expected = numeric(clone.expected);
    if (expected !== undefined && expected > 0 && expected < 1) standard = { row, expected };
  }
  return { notes: { tags, names, notes, colors }, standard, unknownTags, unmatched };
}

function readClusters(table: Table, saved: readonly Json[]) {
  const rows: Row[][] = [];
  const unmatched: string[][] = [];
  const members = new Map<Row, readonly string[]>();
  const taken = new Set<Row>();
  for (const cluster of saved) {
    const ids = list(cluster).map(string);
    const here: Row[] = [];
    const away: string[] = [];
    for (const id of ids) {
      const row = table.rowOf(id);
      if (row === undefined) away.push(id);
      else if (!taken.has(row)) here.push(row);
    }
    for (const row of here) taken.add(row);
    if (here.length > 1) rows.push(here);
    if (away.length === 0) continue;
    if (here.length === 0) unmatched.push(ids);
    else members.set(here[0]!, away);
  }
  return { rows, unmatched, members, given: saved.length > 0 };
}

function readSamples(table: Table, saved: JsonObject) {
  const ids = listOrOne(saved.id ?? saved.original_names).map(string);
  const names = list(saved.names).map(string);
  const infos = list(saved.info).map(string);
  const byName = new Map(table.samples.map((s, i) => [s.originalName, i]));
  const sampleNames = new Map<SampleIndex, string>();
  const sampleNotes = new Map<SampleIndex, string>();
  const unmatched: { id: string; name: string; info: string }[] = [];
  // Files without ids are by position; that is only safe with as many samples.
  const place =
    ids.length > 0
      ? ids.map((id) => byName.get(id))
      : names.length === table.samples.length
        ? names.map((_, i) => i)
        : [];
  place.forEach((sample, i) => {
    const [name, info] = [names[i] ?? "", infos[i] ?? ""];
    if (sample === undefined) unmatched.push({ id: ids[i]!, name, info });
    else {
      if (name !== "" && name !== table.samples[sample]!.name) sampleNames.set(sample, name);
      if (info !== "") sampleNotes.set(sample, info);
    }
  });
  const at = (v: Json): SampleIndex | undefined => place[numeric(v) ?? -1];
  const isSample = (s: SampleIndex | undefined): s is SampleIndex => s !== undefined;
  const order = [...new Set(list(saved.order).map(at).filter(isSample))];
  const stock = [...new Set(list(saved.stock_order).map(at).filter(isSample))];
  const hidden = new Set(stock.length > 0 && order.length > 0 ? stock.filter((s) => !order.includes(s)) : []);
  const all = [...order, ...table.samples.map((_, i) => i).filter((s) => !order.includes(s))];
  return { notes: { sampleNames, sampleNotes, sampleOrder: all, hiddenSamples: hidden }, unmatched };
}

/** The document as text of an .analysis file. `now` is written as its time, "YYYY-MM-DD HH:MM:SS". */
export function writeAnalysis(table: Table, doc: Document, now: string): string {
  const standard = standardOf(doc.standard);
  const rows = new Set([
    ...doc.tags.keys(),
    ...doc.names.keys(),
    ...doc.notes.keys(),
    ...doc.colors.keys(),
    ...(standard ? [standard.row] : []),
  ]);
  const clones = [...rows]
    .sort((a, b) => a - b)
    .map((row) => ({
      id: table.id.at(row),
      sequence: table.sequence.at(row),
      ...(doc.tags.has(row) ? { tag: doc.tags.get(row) } : {}),
      ...(doc.names.has(row) ? { name: doc.names.get(row) } : {}),
      ...(doc.notes.has(row) ? { notes: doc.notes.get(row) } : {}),
      ...(doc.colors.has(row) ? { colour: doc.colors.get(row) } : {}),
      ...(standard?.row === row ? { expected: standard.expected } : {}),
    }));
  const clusters = doc.clusters.map((cluster) => [
    ...cluster.map((row) => table.id.at(row)),
    ...cluster.flatMap((row) => doc.carried.members.get(row) ?? []),
  ]);
  const clustered = new Set(doc.clusters.flat());
  for (const [row, ids] of doc.carried.members) if (!clustered.has(row)) clusters.push([table.id.at(row), ...ids]);
  const all = [
    ...table.samples.map((s, i) => ({
      id: s.originalName,
      name: doc.sampleNames.get(i) ?? "",
      info: doc.sampleNotes.get(i) ?? "",
    })),
    ...doc.carried.samples,
  ];
  return JSON.stringify(
    {
      ...doc.carried.extra,
      producer: "vidjil",
      timestamp: now,
      vidjil_json_version: VERSION,
      info: doc.info,
      ...(doc.tagNames.size > 0
        ? { tags: { ...object(doc.carried.extra.tags as Json), names: Object.fromEntries(doc.tagNames) } }
        : {}),
      ...(table.normalized && !standard ? { normalization: { type: doc.standard ? "input" : "none" } } : {}),
      samples: {
        number: all.length,
        id: all.map((s) => s.id),
        names: all.map((s) => s.name),
        info: all.map((s) => s.info),
        order: doc.sampleOrder.filter((s) => !doc.hiddenSamples.has(s)),
        stock_order: doc.sampleOrder,
      },
      clones: [...clones, ...doc.carried.clones],
      clusters: [...clusters, ...doc.carried.clusters],
    },
    null,
    1,
  );
}
