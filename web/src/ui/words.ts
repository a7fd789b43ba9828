/** Words for the core's values, in the language of the page. */
import type { Axis } from "../core/axes/axis";
import { axisById } from "../core/axes/registry";
import type { Command } from "../core/commands";
import type { Filter } from "../core/filters";
import type { Notation } from "../core/format";
import { plain, share, tickShare } from "../core/format";
import type { Denominator } from "../core/size";
import type { Messages } from "../i18n/en";
import type { Words } from "../views/scale";

export const axisLabel = (m: Messages, id: string): string => m.axis[id] ?? id;

export function valueLabel(m: Messages, axis: Axis, value: string): string {
  if (axis.id === "tag") return m.tag[value] ?? value;
  return m.value[value] ?? value;
}

/** Labels of ticks: shares as shares, other numbers as they are. */
export function plotWords(m: Messages, notation: Notation): Words {
  return {
    none: m.plot.none,
    empty: m.plot.empty,
    value: (axis, value) => valueLabel(m, axis, value),
    number: (axis, value) => (axis.unit === "share" ? tickShare(value, m.locale, notation) : plain(value, m.locale)),
    count: (value) => plain(value, m.locale),
    pair: (r, n) => m.plots.pair(Number.isNaN(r) ? "" : plain(r, m.locale, 2), n),
    rest: (label, n, size) => m.plots.rest(label, n, share(size, m.locale, notation)),
    columns: (id) => m.plots.column[id] ?? axisLabel(m, id),
  };
}

export function denominatorLabel(m: Messages, d: Denominator): string {
  return d.kind === "systems" ? m.denominator.systems(d.systems.join(" + ")) : m.denominator[d.kind];
}

export function commandLabel(m: Messages, command: Command): string {
  const subject = command.subject ?? "";
  if (command.group === "tag") return m.tag[subject || "none"] ?? subject;
  if (command.id.startsWith("preset")) return m.command.preset(subject);
  if (command.group === "system")
    return command.id.endsWith(".only") ? m.command.systemOnly(subject) : m.command.system(subject);
  const label = m.command[command.id as keyof typeof m.command];
  return typeof label === "string" ? label : command.id;
}

export function filterLabel(m: Messages, filter: Filter): string {
  const values = (id: string, list: readonly string[]) => {
    const axis = axisById(id);
    return list.map((v) => (v === "" ? m.plot.none : axis ? valueLabel(m, axis, v) : v)).join(", ");
  };
  switch (filter.kind) {
    case "focus":
    case "hide":
      return m.filter[filter.kind](m.clonotypes(filter.rows.count));
    case "top":
      return m.filter.top(filter.top);
    case "present":
      return m.filter.present;
    case "systems":
      return m.filter.systems(filter.hidden.join(", "));
    case "only":
    case "without":
      return m.filter[filter.kind](axisLabel(m, filter.axis), values(filter.axis, filter.values));
    case "range":
      return rangeLabel(m, filter);
  }
}

function rangeLabel(m: Messages, { axis: id, min, max }: Filter & { kind: "range" }): string {
  const axis = axisById(id);
  const number = (v: number) =>
    axis?.kind === "number" && axis.unit === "share" ? share(v, m.locale) : plain(v, m.locale);
  if (min === Number.NEGATIVE_INFINITY) return `${axisLabel(m, id)} ≤ ${number(max)}`;
  if (max === Number.POSITIVE_INFINITY) return `${axisLabel(m, id)} ≥ ${number(min)}`;
  return m.filter.range(axisLabel(m, id), number(min), number(max));
}

/** A size as text. */
export const sizeText = (m: Messages, size: number, notation: Notation): string => share(size, m.locale, notation);

/** A key as it stands on a keyboard. */
export function keyLabel(key: string, mac: boolean): string {
  const names: Record<string, string> = {
    mod: mac ? "⌘" : "Ctrl",
    shift: "⇧",
    alt: mac ? "⌥" : "Alt",
    arrowleft: "←",
    arrowright: "→",
    escape: "Esc",
    backspace: "⌫",
  };
  if (key === "+") return "+";
  return key
    .split("+")
    .map((part) => names[part] ?? part.toUpperCase())
    .join(" ");
}
