/**
 * What two people made of the same annotation, side by side, and one annotation of both. A difference is about one thing:
 * a field of a clonotype, the clusters that a group of clonotypes is in, a sample. Where only one of the two changed it
 * there is nothing to decide.
 */
import type { AnnotationBody, ClonotypeNote } from "../../api/types";

export type Side = "mine" | "theirs";

export interface Difference {
  /** Names the thing: "clonotype ACGT tag". */
  readonly key: string;
  readonly part: "clonotype" | "cluster" | "sample" | "tag" | "order" | "other";
  /** The clonotype, the sample's number, the tag. */
  readonly id: string;
  readonly field: string;
  readonly base: unknown;
  readonly mine: unknown;
  readonly theirs: unknown;
  /** Who changed it. */
  readonly by: Side | "both";
}

/** Values by key; the key's parts are found in the entry. */
interface Entry {
  readonly part: Difference["part"];
  readonly id: string;
  readonly field: string;
  readonly value: unknown;
}

type Entries = ReadonlyMap<string, Entry>;

/** Text that is the same for equal values, whatever the order of members. */
function same(v: unknown): string {
  return JSON.stringify(v, (_, each: unknown) =>
    typeof each === "object" && each !== null && !Array.isArray(each)
      ? Object.fromEntries(Object.entries(each).sort(([a], [b]) => (a < b ? -1 : 1)))
      : each,
  );
}

/** What says where a clonotype is, and is no note. */
const ABOUT = new Set(["id", "sequence", "system"]);

function entriesOf(body: AnnotationBody, groups: ReadonlyMap<string, string>): Entries {
  const out = new Map<string, Entry>();
  const put = (part: Entry["part"], id: string, field: string, value: unknown) => {
    if (value !== undefined && value !== null && value !== "")
      out.set(`${part} ${id} ${field}`, { part, id, field, value });
  };
  for (const note of body.clonotypes ?? [])
    for (const [field, value] of Object.entries(note)) if (!ABOUT.has(field)) put("clonotype", note.id, field, value);
  const byGroup = new Map<string, string[][]>();
  for (const cluster of body.clusters ?? []) {
    const ids = cluster ?? [];
    const group = groups.get(ids[0] ?? "");
    if (group === undefined) continue;
    const [leader = "", ...members] = ids;
    byGroup.set(group, [...(byGroup.get(group) ?? []), [leader, ...members.sort()]]);
  }
  for (const [group, clusters] of byGroup)
    put(
      "cluster",
      group,
      "",
      clusters.sort((a, b) => (same(a) < same(b) ? -1 : 1)),
    );
  for (const sample of body.samples ?? []) {
    const id = sample.sample_id ? String(sample.sample_id) : (sample.original_name ?? "");
    put("sample", id, "name", sample.name);
    put("sample", id, "info", sample.info);
  }
  for (const tag of body.tags ?? []) put("tag", tag.id ?? "", "", tag);
  const named = (list: readonly number[] | null | undefined) =>
    list && list.length > 0
      ? list.map((i) => body.samples?.[i]?.sample_id ?? body.samples?.[i]?.original_name ?? i)
      : undefined;
  put("order", "", "order", named(body.order));
  put("order", "", "all_order", named(body.all_order));
  put("other", "", "normalization", body.normalization);
  for (const [name, value] of Object.entries(body.reports ?? {})) put("other", name, "report", value);
  for (const [name, value] of Object.entries(body.other ?? {})) put("other", "", name, value);
  return out;
}

/**
 * Clonotypes that stand in one cluster with each other in any of the versions, named by the smallest id: their clusters are
 * one thing, since a clonotype has one cluster at most.
 */
function groupsOf(bodies: readonly AnnotationBody[]): ReadonlyMap<string, string> {
  const parent = new Map<string, string>();
  const root = (id: string): string => {
    let at = id;
    for (let up = parent.get(at); up !== undefined && up !== at; up = parent.get(at)) at = up;
    return at;
  };
  for (const body of bodies)
    for (const cluster of body.clusters ?? []) {
      for (const id of cluster ?? []) if (!parent.has(id)) parent.set(id, id);
      const [first, ...others] = cluster ?? [];
      if (first === undefined) continue;
      for (const id of others) {
        const [a, b] = [root(first), root(id)];
        if (a !== b) parent.set(a < b ? b : a, a < b ? a : b);
      }
    }
  return new Map([...parent.keys()].map((id) => [id, root(id)]));
}

/** All that one of two changed since a version, the undecided first. What both changed alike is no difference. */
export function differences(base: AnnotationBody, mine: AnnotationBody, theirs: AnnotationBody): readonly Difference[] {
  const groups = groupsOf([base, mine, theirs]);
  const [b, m, t] = [base, mine, theirs].map((body) => entriesOf(body, groups)) as [Entries, Entries, Entries];
  const out: Difference[] = [];
  for (const key of new Set([...b.keys(), ...m.keys(), ...t.keys()])) {
    const [before, ours, other] = [b.get(key), m.get(key), t.get(key)];
    const [x, y, z] = [before, ours, other].map((entry) => same(entry?.value ?? null));
    if (y === z) continue;
    const { part, id, field } = (before ?? ours ?? other) as Entry;
    out.push({
      key,
      part,
      id,
      field,
      base: before?.value,
      mine: ours?.value,
      theirs: other?.value,
      by: y === x ? "theirs" : z === x ? "mine" : "both",
    });
  }
  return out.sort((p, q) => Number(q.by === "both") - Number(p.by === "both") || (p.key < q.key ? -1 : 1));
}

/**
 * The annotation of both: what one of two changed is as that one has it, what both changed as `choose` says. It is theirs
 * with what is mine put in, so that nothing of theirs is lost.
 */
export function merged(
  mine: AnnotationBody,
  theirs: AnnotationBody,
  list: readonly Difference[],
  choose: (d: Difference) => Side,
): AnnotationBody {
  let out: AnnotationBody = theirs;
  for (const d of list) if ((d.by === "both" ? choose(d) : d.by) === "mine") out = put(out, mine, d);
  return out;
}

/** A body with one thing as another body has it. */
function put(body: AnnotationBody, from: AnnotationBody, d: Difference): AnnotationBody {
  switch (d.part) {
    case "clonotype":
      return putClonotype(body, from, d);
    case "cluster": {
      const members = new Set([d.base, d.mine, d.theirs].flatMap((v) => (v as string[][] | undefined) ?? []).flat());
      const elsewhere = (body.clusters ?? []).filter((ids) => !(ids ?? []).some((id) => members.has(id)));
      return { ...body, clusters: [...elsewhere, ...((d.mine as string[][] | undefined) ?? [])] };
    }
    case "sample":
      return putSample(body, d);
    case "tag": {
      const rest = (body.tags ?? []).filter((t) => t.id !== d.id);
      return { ...body, tags: d.mine ? [...rest, d.mine as (typeof rest)[number]] : rest };
    }
    case "order":
      return putOrder(body, from, d.field as "order" | "all_order");
    case "other":
      return putOther(body, d);
  }
}

function putClonotype(body: AnnotationBody, from: AnnotationBody, d: Difference): AnnotationBody {
  const list = body.clonotypes ?? [];
  const old = list.find((n) => n.id === d.id);
  const note: ClonotypeNote = { ...(from.clonotypes?.find((n) => n.id === d.id) ?? { id: d.id }) };
  const about = Object.fromEntries(Object.entries(note).filter(([field]) => ABOUT.has(field)));
  const { [d.field as keyof ClonotypeNote]: _, ...rest } = old ?? (about as unknown as ClonotypeNote);
  const next = { ...rest, ...(d.mine === undefined ? {} : { [d.field]: d.mine }) } as ClonotypeNote;
  const empty = Object.keys(next).every((field) => ABOUT.has(field));
  const others = list.filter((n) => n.id !== d.id);
  return { ...body, clonotypes: empty ? others : [...others, next] };
}

function putSample(body: AnnotationBody, d: Difference): AnnotationBody {
  const is = (s: { sample_id?: number; original_name?: string }) =>
    (s.sample_id ? String(s.sample_id) : (s.original_name ?? "")) === d.id;
  const known = (body.samples ?? []).some(is);
  const list = known
    ? (body.samples ?? [])
    : [...(body.samples ?? []), Number(d.id) > 0 ? { sample_id: Number(d.id) } : { original_name: d.id }];
  return {
    ...body,
    samples: list.map((s) => {
      if (!is(s)) return s;
      const { [d.field as "name"]: _, ...rest } = s;
      return d.mine === undefined ? rest : { ...rest, [d.field]: d.mine as string };
    }),
  };
}

/** Orders count places in the list of samples of their own version. */
function putOrder(body: AnnotationBody, from: AnnotationBody, field: "order" | "all_order"): AnnotationBody {
  const key = (s: { sample_id?: number; original_name?: string } | undefined) => s?.sample_id ?? s?.original_name;
  const samples = [...(body.samples ?? [])];
  const order = (from[field] ?? []).flatMap((i) => {
    const sample = from.samples?.[i];
    if (!sample) return [];
    const at = samples.findIndex((s) => key(s) === key(sample));
    return at >= 0 ? [at] : [samples.push({ ...sample }) - 1];
  });
  const { [field]: _, ...rest } = body;
  return { ...rest, samples, ...(order.length > 0 ? { [field]: order } : {}) };
}

function putOther(body: AnnotationBody, d: Difference): AnnotationBody {
  if (d.field === "normalization") {
    const { normalization: _, ...rest } = body;
    return d.mine === undefined ? rest : { ...rest, normalization: d.mine };
  }
  const place = d.field === "report" ? "reports" : "other";
  const name = d.field === "report" ? d.id : d.field;
  const { [name]: _, ...rest } = body[place] ?? {};
  return { ...body, [place]: d.mine === undefined ? rest : { ...rest, [name]: d.mine } };
}
