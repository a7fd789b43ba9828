/**
 * What people noted on a table: tags, names, clusters, notes, the order and names of samples, a standard. A document is a
 * value: a change makes a new one, which shares what did not change, so that undo is exact by construction.
 */
import { colorOf } from "./palette";
import type { CloneId, Row, SampleIndex, Table } from "./table";

export interface Standard {
  readonly row: Row;
  /** Its expected size, above 0 and below 1. */
  readonly expected: number;
}

/** Reads as another program normalised them stand in place of the counted ones, where the file has them. */
export const EXTERNAL = { external: true } as const;

/** What sizes are brought to, besides their denominator. */
export type Normalization = Standard | typeof EXTERNAL;

export const standardOf = (n: Normalization | null): Standard | null => (n && "row" in n ? n : null);

export interface Document {
  readonly tags: ReadonlyMap<Row, string>;
  readonly names: ReadonlyMap<Row, string>;
  readonly notes: ReadonlyMap<Row, string>;
  /** Colours of single clonotypes, "#rrggbb" in small letters, over those of any class (core/palette.ts). */
  readonly colors: ReadonlyMap<Row, string>;
  /** Disjoint lists of at least two rows, the representative first. */
  readonly clusters: readonly (readonly Row[])[];
  readonly standard: Normalization | null;
  /** What people call tags here, by the tag's id; the others have their usual names. */
  readonly tagNames: ReadonlyMap<string, string>;
  readonly sampleOrder: readonly SampleIndex[];
  readonly hiddenSamples: ReadonlySet<SampleIndex>;
  readonly sampleNames: ReadonlyMap<SampleIndex, string>;
  readonly sampleNotes: ReadonlyMap<SampleIndex, string>;
  readonly info: string;
  /** What an .analysis file says of clonotypes and samples that are not here; written back unchanged. */
  readonly carried: Carried;
}

export interface Carried {
  readonly clones: readonly unknown[];
  readonly clusters: readonly (readonly string[])[];
  /** Ids that belong to the cluster of a row that is here, by that row. */
  readonly members: ReadonlyMap<Row, readonly string[]>;
  readonly samples: readonly { readonly id: string; readonly name: string; readonly info: string }[];
  readonly extra: Readonly<Record<string, unknown>>;
}

export const NOTHING_CARRIED: Carried = { clones: [], clusters: [], members: new Map(), samples: [], extra: {} };

export function newDocument(table: Table): Document {
  return {
    tags: new Map(),
    names: new Map(),
    notes: new Map(),
    colors: new Map(),
    clusters: table.clusters,
    // A file that brings normalised reads means them to be used.
    standard: table.normalized ? EXTERNAL : null,
    tagNames: new Map(),
    sampleOrder: table.samples.map((_, i) => i),
    hiddenSamples: new Set(),
    sampleNames: new Map(),
    sampleNotes: new Map(),
    info: "",
    carried: NOTHING_CARRIED,
  };
}

/** The samples on display, in their order. There is always one: the last cannot be hidden. */
export const shownSamples = (doc: Document): readonly SampleIndex[] =>
  doc.sampleOrder.filter((s) => !doc.hiddenSamples.has(s));

/** A change of the document. It names clonotypes by id: it is also what is sent to the server and kept in histories. */
export type Change =
  | { readonly kind: "tag"; readonly ids: readonly CloneId[]; readonly tag: string }
  | { readonly kind: "rename"; readonly id: CloneId; readonly name: string }
  | { readonly kind: "note"; readonly id: CloneId; readonly note: string }
  | { readonly kind: "color"; readonly ids: readonly CloneId[]; readonly color: string }
  | { readonly kind: "cluster"; readonly ids: readonly CloneId[] }
  | { readonly kind: "acceptClusters"; readonly clusters: readonly (readonly CloneId[])[] }
  | { readonly kind: "split"; readonly ids: readonly CloneId[] }
  | { readonly kind: "splitAll" }
  | { readonly kind: "standard"; readonly id: CloneId | null; readonly expected: number }
  | { readonly kind: "external"; readonly on: boolean }
  | { readonly kind: "nameTag"; readonly tag: string; readonly name: string }
  | { readonly kind: "orderSamples"; readonly order: readonly SampleIndex[] }
  | { readonly kind: "hideSamples"; readonly hidden: readonly SampleIndex[] }
  | { readonly kind: "renameSample"; readonly sample: SampleIndex; readonly name: string }
  | { readonly kind: "noteSample"; readonly sample: SampleIndex; readonly note: string }
  | { readonly kind: "info"; readonly info: string };

function withEntry<K>(map: ReadonlyMap<K, string>, keys: readonly K[], value: string): ReadonlyMap<K, string> {
  const out = new Map(map);
  for (const key of keys) {
    if (value === "") out.delete(key);
    else out.set(key, value);
  }
  return out;
}

/** The document after a change. Ids that the table does not have are passed over. */
export function apply(table: Table, doc: Document, change: Change): Document {
  const rows = (ids: readonly CloneId[]) =>
    ids.map((id) => table.rowOf(id)).filter((row): row is Row => row !== undefined);
  switch (change.kind) {
    case "tag":
      return { ...doc, tags: withEntry(doc.tags, rows(change.ids), change.tag) };
    case "rename":
      return { ...doc, names: withEntry(doc.names, rows([change.id]), change.name.trim()) };
    case "note":
      return { ...doc, notes: withEntry(doc.notes, rows([change.id]), change.note) };
    case "color":
      return { ...doc, colors: withEntry(doc.colors, rows(change.ids), colorOf(change.color)) };
    case "cluster":
      return { ...doc, clusters: mergeClusters(table, doc.clusters, [rows(change.ids)]) };
    case "acceptClusters":
      return {
        ...doc,
        clusters: mergeClusters(table, doc.clusters, change.clusters.map(rows)),
      };
    case "split":
      return { ...doc, clusters: splitClusters(doc.clusters, new Set(rows(change.ids))) };
    case "splitAll":
      return { ...doc, clusters: [] };
    case "standard": {
      const row = change.id === null ? undefined : table.rowOf(change.id);
      const valid = row !== undefined && change.expected > 0 && change.expected < 1;
      return { ...doc, standard: valid ? { row, expected: change.expected } : null };
    }
    case "external":
      return { ...doc, standard: change.on && table.normalized ? EXTERNAL : null };
    case "nameTag":
      return { ...doc, tagNames: withEntry(doc.tagNames, [change.tag], change.name.trim()) };
    case "orderSamples":
      return isOrder(change.order, table.samples.length) ? { ...doc, sampleOrder: change.order } : doc;
    case "hideSamples": {
      const hidden = new Set(change.hidden);
      return doc.sampleOrder.every((s) => hidden.has(s)) ? doc : { ...doc, hiddenSamples: hidden };
    }
    case "renameSample":
      return { ...doc, sampleNames: withEntry(doc.sampleNames, [change.sample], change.name.trim()) };
    case "noteSample":
      return { ...doc, sampleNotes: withEntry(doc.sampleNotes, [change.sample], change.note) };
    case "info":
      return { ...doc, info: change.info };
  }
}

const isOrder = (order: readonly SampleIndex[], n: number): boolean =>
  order.length === n && new Set(order).size === n && order.every((s) => Number.isInteger(s) && s >= 0 && s < n);

/** The row that stands for a cluster: the best rank, then the most reads, then the first row. Each row has all three. */
export function leaderOf(table: Table, rows: readonly Row[]): Row {
  const rank = (row: Row) => table.top[row]! || Number.MAX_SAFE_INTEGER;
  const reads = (row: Row) => table.reads.reduce((sum, column) => sum + column[row]!, 0);
  return rows.reduce((a, b) => ((rank(a) - rank(b) || reads(b) - reads(a) || a - b) <= 0 ? a : b));
}

/**
 * Joins the rows of each group, and the whole clusters that they are in. What was no cluster comes after what was. Costs
 * what is joined, so that thousands of groups are one step.
 */
function mergeClusters(
  table: Table,
  clusters: Document["clusters"],
  groups: readonly (readonly Row[])[],
): Document["clusters"] {
  const parent = new Map<Row, Row>();
  const root = (row: Row): Row => {
    let at = row;
    for (let up = parent.get(at); up !== undefined && up !== at; up = parent.get(at)) at = up;
    parent.set(row, at);
    return at;
  };
  const join = (rows: readonly Row[]) => {
    for (const row of rows) parent.set(root(row), root(rows[0]!));
  };
  for (const cluster of clusters) join(cluster);
  const before = new Map(clusters.map((cluster) => [root(cluster[0]!), cluster]));
  const touched = groups.filter((group) => new Set(group).size > 1);
  for (const group of touched) join(group);
  const joined = new Map<Row, Row[]>();
  for (const group of touched) joined.set(root(group[0]!), []);
  const kept: (readonly Row[])[] = [];
  for (const cluster of before.values()) if (!joined.has(root(cluster[0]!))) kept.push(cluster);
  for (const row of parent.keys()) joined.get(root(row))?.push(row);
  const made = [...joined.values()].map((rows) => {
    const leader = leaderOf(table, rows);
    return [leader, ...rows.filter((row) => row !== leader).sort((a, b) => a - b)];
  });
  return joined.size === 0 ? clusters : [...kept, ...made];
}

/** Takes rows out of their clusters. Taking out the representative breaks the cluster up. */
function splitClusters(clusters: Document["clusters"], rows: ReadonlySet<Row>): Document["clusters"] {
  const out: (readonly Row[])[] = [];
  for (const cluster of clusters) {
    if (!cluster.some((row) => rows.has(row))) out.push(cluster);
    else if (!rows.has(cluster[0]!)) {
      const left = cluster.filter((row) => !rows.has(row));
      if (left.length > 1) out.push(left);
    }
  }
  return out;
}
