/** Columns of lists that one may choose, and what was chosen on this computer. */
import { signal } from "@preact/signals-core";
import type { Kind } from "../../api/types";

export type ColumnId =
  | "id"
  | "birth"
  | "date"
  | "label"
  | "info"
  | "samples"
  | "size"
  | "results"
  | "group"
  | "creator"
  | "created"
  | "changed"
  | "sequencer"
  | "pcr";

export interface Column {
  readonly id: ColumnId;
  /** The order of the server that the column stands for. */
  readonly sort?: string;
  readonly right?: boolean;
  readonly kinds?: readonly Kind[];
}

export const COLUMNS: readonly Column[] = [
  { id: "id", sort: "created", right: true },
  { id: "birth", sort: "birth", kinds: ["patient"] },
  { id: "date", sort: "date" },
  { id: "label" },
  { id: "sequencer", kinds: ["run"] },
  { id: "pcr", kinds: ["run"] },
  { id: "info" },
  { id: "samples", sort: "samples", right: true },
  { id: "size", right: true },
  { id: "results" },
  { id: "group" },
  { id: "creator" },
  { id: "created", sort: "created", right: true },
  { id: "changed", sort: "changed", right: true },
];

const FIRST: Readonly<Record<Kind, readonly ColumnId[]>> = {
  patient: ["birth", "info", "samples", "results", "group", "changed"],
  run: ["date", "sequencer", "info", "samples", "results", "group", "changed"],
  set: ["date", "info", "samples", "results", "group", "changed"],
};

interface Chosen {
  readonly columns: Partial<Record<Kind, readonly ColumnId[]>>;
  readonly compact: boolean;
}

const KEY = "vidjil.lists";

function read(): Chosen {
  try {
    const value: unknown = JSON.parse(localStorage.getItem(KEY) ?? "{}");
    if (typeof value === "object" && value !== null) {
      const { columns, compact } = value as Partial<Chosen>;
      return { columns: typeof columns === "object" ? columns : {}, compact: compact === true };
    }
  } catch {
    // private windows may refuse storage
  }
  return { columns: {}, compact: false };
}

export const chosen = signal<Chosen>(read());

function keep(next: Chosen): void {
  chosen.value = next;
  try {
    localStorage.setItem(KEY, JSON.stringify(next));
  } catch {
    // the choice then lasts as long as the page
  }
}

export const offered = (kind: Kind): readonly Column[] => COLUMNS.filter((c) => !c.kinds || c.kinds.includes(kind));

export function shown(kind: Kind, from: Chosen): readonly Column[] {
  const list = from.columns[kind];
  const ids = Array.isArray(list) ? list : FIRST[kind];
  return offered(kind).filter((c) => ids.includes(c.id));
}

export function toggleColumn(kind: Kind, id: ColumnId): void {
  const now = shown(kind, chosen.peek()).map((c) => c.id);
  const next = now.includes(id) ? now.filter((each) => each !== id) : [...now, id];
  keep({ ...chosen.peek(), columns: { ...chosen.peek().columns, [kind]: next } });
}

export const toggleCompact = (): void => keep({ ...chosen.peek(), compact: !chosen.peek().compact });
