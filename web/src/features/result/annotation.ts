/**
 * The server's annotation of a set as a document over a table, and back. What the annotation says of clonotypes and samples
 * that this result does not have, and what this client does not know, is written back as it came.
 */
import type { AnnotationBody, ClonotypeNote, SampleNote } from "../../api/types";
import type { Document, Standard } from "../../core/document";
import { EXTERNAL, NOTHING_CARRIED, newDocument, standardOf } from "../../core/document";
import { colorOf } from "../../core/palette";
import type { Row, SampleIndex, Table } from "../../core/table";
import { textAt } from "../../core/table";
import { tagOf } from "../../core/tags";

/** Samples of the table by their number on the server, in the order of the table's columns. */
export type SampleIds = readonly number[];

const isStandard = (expected: number | undefined): expected is number =>
  expected !== undefined && expected > 0 && expected < 1;

export function toDocument(table: Table, ids: SampleIds, body: AnnotationBody): Document {
  const tags = new Map<Row, string>();
  const names = new Map<Row, string>();
  const notes = new Map<Row, string>();
  const colors = new Map<Row, string>();
  const away: ClonotypeNote[] = [];
  let standard: Standard | null = null;
  for (const note of body.clonotypes ?? []) {
    const row = table.rowOf(note.id);
    if (row === undefined) {
      away.push(note);
      continue;
    }
    const tag = tagOf(note.tag ?? "");
    if (tag !== "") tags.set(row, tag);
    if (note.name) names.set(row, note.name);
    if (note.notes) notes.set(row, note.notes);
    const color = colorOf(note.colour ?? "");
    if (color !== "") colors.set(row, color);
    if (isStandard(note.expected)) standard = { row, expected: note.expected };
  }
  const clusters = readClusters(table, body);
  const { carried, ...samples } = readSamples(ids, body);
  return {
    ...newDocument(table),
    tags,
    names,
    notes,
    colors,
    standard: standard ?? readNormalization(table, body.normalization),
    tagNames: new Map(
      (body.tags ?? [])
        .filter((t) => t.name && tagOf(t.id ?? "") !== "")
        .map((t) => [tagOf(t.id ?? ""), t.name as string]),
    ),
    ...samples,
    ...(clusters.given ? { clusters: clusters.rows } : {}),
    info: typeof body.other?.info === "string" ? body.other.info : "",
    carried: {
      ...NOTHING_CARRIED,
      clones: away.map(({ other, ...rest }) => ({ ...other, ...rest })),
      clusters: clusters.away,
      members: clusters.members,
      samples: carried,
    },
  };
}

/** Reads as another program normalised them, unless somebody turned that off. */
function readNormalization(table: Table, saved: unknown): Document["standard"] {
  if (!table.normalized) return null;
  const off = typeof saved === "object" && saved !== null && "type" in saved && saved.type === "none";
  return off ? null : EXTERNAL;
}

function readClusters(table: Table, body: AnnotationBody) {
  const rows: Row[][] = [];
  const away: string[][] = [];
  const members = new Map<Row, readonly string[]>();
  const taken = new Set<Row>();
  for (const cluster of body.clusters ?? []) {
    const ids = cluster ?? [];
    const here = ids.map((id) => table.rowOf(id)).filter((row): row is Row => row !== undefined && !taken.has(row));
    const absent = ids.filter((id) => table.rowOf(id) === undefined);
    for (const row of here) taken.add(row);
    if (here.length > 1) rows.push(here);
    const [leader] = here;
    if (absent.length > 0 && leader !== undefined) members.set(leader, absent);
    if (leader === undefined) away.push([...ids]);
  }
  return { rows, away, members, given: (body.clusters ?? []).length > 0 };
}

function readSamples(ids: SampleIds, body: AnnotationBody) {
  const sampleNames = new Map<SampleIndex, string>();
  const sampleNotes = new Map<SampleIndex, string>();
  const carried: { id: string; name: string; info: string }[] = [];
  const saved = body.samples ?? [];
  const place = saved.map((s) => (s.sample_id ? ids.indexOf(s.sample_id) : -1));
  saved.forEach((s, i) => {
    const sample = place[i] ?? -1;
    if (sample < 0) carried.push({ id: s.original_name ?? "", name: s.name ?? "", info: s.info ?? "" });
    else {
      if (s.name) sampleNames.set(sample, s.name);
      if (s.info) sampleNotes.set(sample, s.info);
    }
  });
  const known = (list: readonly number[] | null | undefined) => [
    ...new Set((list ?? []).map((i) => place[i] ?? -1).filter((s) => s >= 0)),
  ];
  const order = known(body.order);
  const all = known(body.all_order);
  // A sample that came after the annotation was saved is shown, at the end.
  const first = all.length > 0 ? all : order;
  const rest = ids.map((_, i) => i).filter((s) => !first.includes(s));
  const hidden = order.length > 0 ? all.filter((s) => !order.includes(s)) : [];
  const sampleOrder =
    hidden.length > 0 || all.length === 0
      ? [...order, ...first.filter((s) => !order.includes(s)), ...rest]
      : [...order, ...rest.filter((s) => !order.includes(s))];
  return { sampleNames, sampleNotes, sampleOrder, hiddenSamples: new Set(hidden), carried };
}

/** The annotation after what was done; `base` is the one that the document was made from. */
export function toBody(table: Table, ids: SampleIds, doc: Document, base: AnnotationBody): AnnotationBody {
  const { info: _, ...other } = base.other ?? {};
  const clonotypes = writeClonotypes(table, doc, base);
  const clusters = writeClusters(table, doc);
  const rest = doc.info === "" ? other : { ...other, info: doc.info };
  const { clonotypes: _c, clusters: _k, other: _o, tags: _t, ...kept } = base;
  const tags = writeTags(doc, base);
  const external = table.normalized && !standardOf(doc.standard) ? (doc.standard ? "input" : "none") : "";
  return {
    ...kept,
    ...(tags.length > 0 ? { tags } : {}),
    ...(external ? { normalization: { type: external } } : {}),
    ...writeSamples(ids, doc, base),
    ...(clonotypes.length > 0 ? { clonotypes } : {}),
    ...(clusters.length > 0 ? { clusters } : {}),
    ...(Object.keys(rest).length > 0 ? { other: rest } : {}),
  };
}

/** Names of tags; what else the annotation says of them stays. */
function writeTags(doc: Document, base: AnnotationBody): NonNullable<AnnotationBody["tags"]> {
  const before = new Map((base.tags ?? []).map((t) => [tagOf(t.id ?? "") || (t.id ?? ""), t]));
  const ids = new Set([...before.keys(), ...doc.tagNames.keys()]);
  return [...ids].sort().flatMap((id) => {
    const { name: _, ...rest } = before.get(id) ?? { id };
    const name = doc.tagNames.get(id);
    if (!name && !rest.colour && !rest.hidden) return [];
    return [{ ...rest, ...(name ? { name } : {}) }];
  });
}

function writeClonotypes(table: Table, doc: Document, base: AnnotationBody): ClonotypeNote[] {
  const before = new Map((base.clonotypes ?? []).map((n) => [n.id, n]));
  const standard = standardOf(doc.standard);
  const rows = new Set<Row>([
    ...doc.tags.keys(),
    ...doc.names.keys(),
    ...doc.notes.keys(),
    ...doc.colors.keys(),
    ...(standard ? [standard.row] : []),
  ]);
  for (const id of before.keys()) {
    const row = table.rowOf(id);
    if (row !== undefined) rows.add(row);
  }
  const out = [...rows]
    .sort((a, b) => a - b)
    .flatMap((row) => writeClonotype(table, doc, row, before.get(table.id.at(row))));
  return [...out, ...[...before.values()].filter((n) => table.rowOf(n.id) === undefined)];
}

function writeClonotype(table: Table, doc: Document, row: Row, before: ClonotypeNote | undefined): ClonotypeNote[] {
  const {
    id,
    tag: _t,
    name: _n,
    notes: _m,
    colour: _k,
    expected,
    system: _s,
    sequence: _q,
    ...foreign
  } = before ?? { id: table.id.at(row) };
  const standard = standardOf(doc.standard);
  const said = {
    ...(doc.tags.has(row) ? { tag: doc.tags.get(row) as string } : {}),
    ...(doc.names.has(row) ? { name: doc.names.get(row) as string } : {}),
    ...(doc.notes.has(row) ? { notes: doc.notes.get(row) as string } : {}),
    ...(doc.colors.has(row) ? { colour: doc.colors.get(row) as string } : {}),
    ...(standard?.row === row
      ? { expected: standard.expected }
      : expected !== undefined && !isStandard(expected)
        ? { expected }
        : {}),
    ...foreign,
  };
  if (Object.keys(said).length === 0) return [];
  // By its sequence a clonotype is found again in results with another window.
  const sequence = before?.sequence || table.sequence.at(row);
  return [{ id, ...said, system: before?.system || textAt(table.system, row), ...(sequence ? { sequence } : {}) }];
}

function writeClusters(table: Table, doc: Document): string[][] {
  const id = (row: Row) => table.id.at(row);
  const out = doc.clusters.map((cluster) => [
    ...cluster.map(id),
    ...cluster.flatMap((row) => doc.carried.members.get(row) ?? []),
  ]);
  const clustered = new Set(doc.clusters.flat());
  for (const [row, ids] of doc.carried.members) if (!clustered.has(row)) out.push([id(row), ...ids]);
  return [...out, ...doc.carried.clusters.map((ids) => [...ids])];
}

/** Samples keep their places in the list, since orders and data refer to them; new ones follow. */
function writeSamples(
  ids: SampleIds,
  doc: Document,
  base: AnnotationBody,
): Pick<AnnotationBody, "samples" | "order" | "all_order" | "data"> {
  const saved = base.samples ?? [];
  const places = new Map(saved.map((s, i) => [s.sample_id ?? 0, i]));
  const samples: SampleNote[] = [...saved];
  ids.forEach((id, i) => {
    const [name, info] = [doc.sampleNames.get(i), doc.sampleNotes.get(i)];
    const note: SampleNote = { sample_id: id, ...(name ? { name } : {}), ...(info ? { info } : {}) };
    const at = places.get(id);
    if (at === undefined) places.set(id, samples.push(note) - 1);
    else samples[at] = note;
  });
  const at = (s: SampleIndex) => places.get(ids[s] ?? -1) ?? 0;
  const inOrder =
    doc.sampleOrder.every((s, i) => s === i) && doc.hiddenSamples.size === 0 && (base.order ?? []).length === 0;
  const orders = inOrder
    ? {}
    : { order: doc.sampleOrder.filter((s) => !doc.hiddenSamples.has(s)).map(at), all_order: doc.sampleOrder.map(at) };
  const data = (base.data ?? []).map((d) => ({
    ...d,
    values: [...d.values, ...Array<null>(Math.max(0, samples.length - d.values.length)).fill(null)],
  }));
  return { samples, ...orders, ...(data.length > 0 ? { data: data as NonNullable<AnnotationBody["data"]> } : {}) };
}
