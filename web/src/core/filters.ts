/** What is on display. Filters accumulate and move nothing but display: no denominator knows of them. */
import type { Axis } from "./axes/axis";
import type { RowSet } from "./bits";
import { allRows, and, minus, rowsWhere, rowsWithCode } from "./bits";
import type { Table } from "./table";

export type Filter =
  | { readonly kind: "focus"; readonly rows: RowSet }
  | { readonly kind: "hide"; readonly rows: RowSet }
  | { readonly kind: "top"; readonly top: number }
  | { readonly kind: "present" }
  | { readonly kind: "systems"; readonly hidden: readonly string[] }
  | { readonly kind: "only" | "without"; readonly axis: string; readonly values: readonly string[] }
  | { readonly kind: "range"; readonly axis: string; readonly min: number; readonly max: number };

/** What filters need of a workspace. */
export interface FilterContext {
  readonly table: Table;
  readonly axis: (id: string) => Axis | undefined;
  readonly category: (id: string) => { readonly codes: Int32Array; readonly values: readonly string[] } | undefined;
  readonly number: (id: string) => ArrayLike<number> | undefined;
  readonly present: () => Uint32Array;
}

export function passing(context: FilterContext, filter: Filter): RowSet {
  const { table } = context;
  switch (filter.kind) {
    case "focus":
      return filter.rows;
    case "hide":
      return minus(allRows(table.rows), filter.rows);
    case "top":
      // A rank that the file does not give is unknown, not large.
      return rowsWhere(table.rows, (row) => table.top[row]! <= filter.top);
    case "present": {
      const reads = context.present();
      return rowsWhere(table.rows, (row) => reads[row]! > 0);
    }
    case "systems": {
      const hidden = table.system.values.map((system) => filter.hidden.includes(system));
      return rowsWithCode(
        table.system.codes,
        hidden.map((is) => !is),
      );
    }
    case "only":
    case "without": {
      const dictionary = context.category(filter.axis);
      if (!dictionary) return allRows(table.rows);
      const named = dictionary.values.map((value) => filter.values.includes(value) === (filter.kind === "only"));
      return rowsWithCode(dictionary.codes, named);
    }
    case "range": {
      const values = context.number(filter.axis);
      if (!values) return allRows(table.rows);
      return rowsWhere(table.rows, (row) => values[row]! >= filter.min && values[row]! <= filter.max);
    }
  }
}

/** Rows that all filters and the search let through. */
export function visibleRows(context: FilterContext, filters: readonly Filter[], found: RowSet | null): RowSet {
  return filters.reduce(
    (visible, filter) => and(visible, passing(context, filter)),
    found ?? allRows(context.table.rows),
  );
}
