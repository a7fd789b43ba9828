/** Differences of annotations in words, for the conflict and the history. */
import type { Table } from "../../core/table";
import type { Messages } from "../../i18n";

/** What a difference is about: a clonotype by its name, a sample, a tag. */
export function subjectOf(m: Messages, table: Table, part: string, id: string): string {
  const words = m.sequenceWork.parts;
  switch (part) {
    case "clonotype":
    case "clonotypes":
    case "cluster":
    case "clusters": {
      const row = table.rowOf(id);
      const name = row === undefined ? "" : table.name.at(row);
      return name || (id.length > 24 ? `${id.slice(0, 12)}…${id.slice(-8)}` : id);
    }
    case "tag":
    case "tags":
      return m.tag[id] ?? id;
    case "sample":
    case "samples":
      return `${words.sample} ${id}`;
    default:
      return id;
  }
}

export function fieldOf(m: Messages, part: string, field: string): string {
  const { fields, parts } = m.sequenceWork;
  if (field === "") return parts[part] ?? part;
  return fields[field] ?? field;
}

/** What says which thing it is, and is shown as its name. */
const ABOUT = new Set(["id", "sequence", "system", "sample_id", "original_name"]);

/** A value as a person would say it; "–" for none. */
export function valueText(m: Messages, table: Table, field: string, value: unknown): string {
  if (value === undefined || value === null || value === "") return "–";
  if (field === "tag" && typeof value === "string") return m.tag[value] ?? value;
  if (typeof value === "string" || typeof value === "number" || typeof value === "boolean") return String(value);
  if (Array.isArray(value)) {
    const clusters = value.every(Array.isArray) ? (value as unknown[][]) : [value as unknown[]];
    const name = (id: unknown) => (typeof id === "string" ? subjectOf(m, table, "clonotype", id) : String(id));
    return clusters.length === 0 ? "–" : clusters.map((ids) => ids.map(name).join(" + ")).join(" · ");
  }
  const about = value as Record<string, unknown>;
  const parts = Object.entries(about)
    .filter(([name, v]) => !ABOUT.has(name) && v !== "" && v !== null && v !== undefined)
    .map(([name, v]) => `${m.sequenceWork.fields[name] ?? name}: ${valueText(m, table, name, v)}`);
  return parts.length > 0 ? parts.join(", ") : "–";
}
