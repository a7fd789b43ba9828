/** Plots as tables: the same data as text. */
import type { Axis } from "../core/axes/axis";
import type { PlotConfig } from "../core/axes/presets";
import { nameOf } from "../core/name";
import type { Dictionary, Row } from "../core/table";
import { textAt } from "../core/table";
import type { Workspace } from "../core/workspace";
import type { PlotLayout } from "./plot";
import type { Words } from "./scale";
import type { DataTable } from "./table";

/** Values of an axis by row as a table has them: numbers as they are, classes by name. */
function readerOf(ws: Workspace, axis: Axis, words: Words): (row: Row) => string | number {
  const values = ws.values(axis);
  if (axis.kind === "number") return (row) => (values as ArrayLike<number>)[row]!;
  return (row) => {
    const value = textAt(values as Dictionary, row);
    return value === "" ? words.none : words.value(axis, value);
  };
}

export function plotTable(
  ws: Workspace,
  config: PlotConfig,
  [xAxis, yAxis]: readonly [Axis, Axis],
  layout: PlotLayout,
  words: Words,
): DataTable {
  const head = words.columns;
  const name = (id: string) => head?.(id) ?? id;
  if (layout.kind === "boxes")
    return {
      head: [name(xAxis.id), name("clonotypes"), name(config.y === "count" ? "count" : "size")],
      rows: layout.classes.map((c) => [c.label, c.clonotypes, c.size]),
    };
  if (layout.kind === "cells")
    return {
      head: [name(xAxis.id), name(yAxis.id), name("clonotypes"), name("size")],
      rows: layout.cells.map((c) => [...c.labels, c.rows.length, c.sum]),
    };
  const [x, y] = [readerOf(ws, xAxis, words), readerOf(ws, yAxis, words)];
  const sizes = ws.sizes.peek();
  const doc = ws.doc.peek();
  return {
    head: [name("clonotype"), name(xAxis.id), name(yAxis.id), name("size"), name("id")],
    rows: Array.from(layout.rows)
      .filter((_, i) => layout.r[i]! > 0)
      .map((row) => [nameOf(ws.table, doc, row), x(row), y(row), sizes[row]!, ws.table.id.at(row)]),
  };
}
