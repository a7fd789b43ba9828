/**
 * The state of an open result: the table, the document over it, what is looked at and how. Signals make a graph, so that
 * a change recomputes what depends on it, when somebody reads it, and nothing else. No DOM, no framework.
 */
import type { ReadonlySignal } from "@preact/signals-core";
import { batch, computed, signal } from "@preact/signals-core";
import type { Axis, AxisContext } from "./axes/axis";
import type { PlotConfig } from "./axes/presets";
import { PRESETS } from "./axes/presets";
import { axisById } from "./axes/registry";
import type { RowSet } from "./bits";
import { and, members, minus, noRows, or, rowsOf, xor } from "./bits";
import { clustersOf } from "./clusters";
import { colorBy, withOwn } from "./colors";
import type { Change, Document } from "./document";
import { apply, newDocument, shownSamples } from "./document";
import type { Filter, FilterContext } from "./filters";
import { visibleRows } from "./filters";
import type { Notation } from "./format";
import type { Species } from "./germlineSet";
import { speciesOf } from "./germlineSet";
import type { GraphLook } from "./graphLook";
import { GRAPH_LOOK } from "./graphLook";
import * as history from "./history";
import { nameOf } from "./name";
import { compile } from "./search";
import { Sequences } from "./sequences";
import type { Denominator } from "./size";
import { smallerClonotypes } from "./size";
import type { Sort } from "./sort";
import { BY_SIZE, kept, Orders } from "./sort";
import { compareSystems } from "./system";
import type { CloneId, Dictionary, Row, SampleIndex, Table } from "./table";
import { cloneId } from "./table";
import { rowsByToken, tokenOf } from "./token";
import type { GraphMode, RowFilter, ViewState } from "./url";
import { MOST_IDS, TOO_MANY } from "./url";
import { warningsIn } from "./warnings";

export type { GraphMode } from "./url";
export type SelectMode = "replace" | "add" | "toggle" | "remove";

/** Clonotypes whose sequences somebody else has searched, since they are not all here. */
export interface Found {
  readonly query: string;
  readonly rows: RowSet;
}

export class Workspace {
  readonly table: Table;
  readonly doc;
  readonly history = signal(history.EMPTY);
  readonly sample;
  readonly other;
  readonly hover = signal<Row | null>(null);
  readonly selection;
  /** What a drag over a picture draws. */
  readonly tool = signal<"box" | "lasso">("box");
  /** Somebody draws a brush: what is slow to show waits for its end. */
  readonly brushing = signal(false);
  /** The selection, but while a brush is drawn the one before. */
  readonly settled: ReadonlySignal<RowSet>;
  readonly filters = signal<readonly Filter[]>([]);
  readonly query = signal("");
  /** Rows that a server found for a query in sequences that are not here. */
  readonly found = signal<Found | null>(null);
  readonly colorAxis = signal("tag");
  readonly denominator = signal<Denominator>({ kind: "analysed" });
  readonly notation = signal<Notation>("percent");
  readonly sort = signal<Sort>(BY_SIZE);
  readonly plots = signal<readonly PlotConfig[]>([PRESETS[0]!, { mode: "bars", x: "cdr3_length", y: "size" }]);
  /** The system that a plot of genes shows: genes of different systems never meet. */
  readonly plotSystem;
  readonly graphMode = signal<GraphMode>("lines");
  readonly graphLook = signal<GraphLook>(GRAPH_LOOK);
  /** Whose germline a file of this computer is compared to; null when neither the file nor anybody has said it. */
  readonly species;
  readonly muted = signal<ReadonlySet<string>>(new Set());
  readonly expanded = signal<ReadonlySet<Row>>(new Set());
  /** The row that the keyboard is at. */
  readonly active = signal<Row | null>(null);
  /** The menu of tags is open for the selection. */
  readonly tagging = signal(false);
  /** The menu of colours is open for the selection. */
  readonly painting = signal(false);
  /** Proposed clusters are shown. */
  readonly suggesting = signal(false);
  /** The clonotype whose details are open. */
  readonly details = signal<Row | null>(null);

  readonly clusters;
  readonly shown;
  readonly search;
  readonly visible: ReadonlySignal<RowSet>;
  readonly listed: ReadonlySignal<RowSet>;
  /** Rows of the list, in its order. */
  readonly order: ReadonlySignal<Int32Array>;
  /** The same rows, largest first, whatever the order of the list. */
  readonly largest: ReadonlySignal<Int32Array>;
  readonly sizes: ReadonlySignal<Float64Array>;
  readonly coloring;
  readonly smaller;
  readonly selectedRows: ReadonlySignal<Int32Array>;
  readonly settledRows: ReadonlySignal<Int32Array>;
  readonly warningsHere;
  /** Suggested clusters that were not accepted yet. */
  readonly suggestions;
  readonly canUndo;
  readonly canRedo;
  /** The document as a file has it: the one that was opened, or the last one that was exported. */
  readonly exported;

  private readonly cache = new Map<string, ReadonlySignal<Dictionary | ArrayLike<number>>>();

  /** Representatives, which may come later than the table. */
  readonly sequences: Sequences;

  constructor(table: Table, doc: Document = newDocument(table), sequences = new Sequences(table)) {
    this.table = table;
    this.sequences = sequences;
    this.doc = signal(doc);
    this.species = signal<Species | null>(speciesOf(table));
    this.exported = signal(doc);
    this.sample = signal<SampleIndex>(doc.sampleOrder[0] ?? 0);
    this.other = signal<SampleIndex>(doc.sampleOrder[1] ?? 0);
    this.selection = signal(noRows(table.rows));
    if (doc.tags.size === 0) this.colorAxis.value = "system";
    const clusterKey = computed(() => this.doc.value.clusters);
    this.clusters = computed(() => clustersOf(table, { ...this.doc.peek(), clusters: clusterKey.value }));
    const sampleKey = computed(() => shownSamples(this.doc.value).join(","));
    this.shown = computed(() => {
      sampleKey.value;
      return shownSamples(this.doc.peek());
    });
    const names = computed(() => this.doc.value.names);
    this.search = computed(() => {
      if (!this.sequences.whole) this.sequences.arrived.value;
      const search = compile(table, names.value, this.query.value);
      const found = this.found.value;
      return search && found?.query === search.query ? { ...search, rows: or(search.rows, found.rows) } : search;
    });
    this.sizes = computed(() => this.number("size") as Float64Array);
    this.visible = computed(() =>
      visibleRows(this.filterContext(), this.filters.value, this.search.value?.rows ?? null),
    );
    this.listed = computed(() => this.withoutMembers(this.visible.value));
    const orders = new Orders(table);
    const bySize = computed(() => orders.largestFirst(this.sizes.value));
    const sorted = computed(() =>
      orders.sorted(this.sort.value, bySize.value, names.value, (row) => nameOf(table, this.doc.peek(), row)),
    );
    this.order = computed(() => kept(sorted.value, this.listed.value));
    this.largest = computed(() =>
      sorted.value === bySize.value ? this.order.value : kept(bySize.value, this.listed.value),
    );
    const classes = computed(() => {
      const axis = axisById(this.colorAxis.value) ?? axisById("system")!;
      return colorBy(axis, this.values(axis), table, this.sizes.value);
    });
    const own = computed(() => this.doc.value.colors);
    this.coloring = computed(() => withOwn(classes.value, own.value));
    this.smaller = computed(() =>
      smallerClonotypes(table, this.clusters.value.reads, this.denominator.value, this.sample.value, this.order.value),
    );
    let settled = this.selection.peek();
    this.settled = computed(() => {
      if (!this.brushing.value) settled = this.selection.value;
      return settled;
    });
    this.selectedRows = computed(() => members(this.selection.value));
    this.settledRows = computed(() => members(this.settled.value));
    this.warningsHere = computed(() =>
      warningsIn(table, this.clusters.value.reads.sample(this.sample.value), this.muted.value),
    );
    this.suggestions = computed(() =>
      table.suggested.filter(
        (rows) => !this.clusters.value.byLeader.has(rows[0]!) && !this.clusters.value.leaderOf.has(rows[0]!),
      ),
    );
    this.plotSystem = signal(this.largestSystem());
    this.canUndo = computed(() => this.history.value.done.length > 0);
    this.canRedo = computed(() => this.history.value.undone.length > 0);
  }

  /** Values of an axis, kept until something that they depend on changes. */
  values(axis: Axis): Dictionary | ArrayLike<number> {
    let known = this.cache.get(axis.id);
    if (!known) {
      known = computed(() => axis.values(this.contextOf(axis)));
      this.cache.set(axis.id, known);
    }
    return known.value;
  }

  category(id: string): Dictionary | undefined {
    const axis = axisById(id);
    return axis?.kind === "category" && axis.available(this.table) ? (this.values(axis) as Dictionary) : undefined;
  }

  number(id: string): ArrayLike<number> | undefined {
    const axis = axisById(id);
    return axis?.kind === "number" && axis.available(this.table) ? (this.values(axis) as ArrayLike<number>) : undefined;
  }

  /** Reads a dependency's signal only when the axis says that it depends on it. */
  private contextOf(axis: Axis): AxisContext {
    const on = (d: Axis["depends"][number]) => axis.depends.includes(d);
    if (on("sequences") && !this.sequences.whole) this.sequences.arrived.value;
    return {
      table: this.table,
      doc: on("doc") ? this.doc.value : this.doc.peek(),
      clusters: on("doc") ? this.clusters.value : this.clusters.peek(),
      denominator: on("denominator") ? this.denominator.value : this.denominator.peek(),
      sample: on("sample") ? this.sample.value : this.sample.peek(),
      other: on("other") ? this.other.value : this.other.peek(),
      shown: on("shown") ? this.shown.value : this.shown.peek(),
      sequences: this.sequences,
    };
  }

  private filterContext(): FilterContext {
    return {
      table: this.table,
      axis: axisById,
      category: (id) => this.category(id),
      number: (id) => this.number(id),
      present: () => this.clusters.value.reads.sample(this.sample.value),
    };
  }

  private withoutMembers(rows: RowSet): RowSet {
    const hidden = this.clusters.value.members;
    return hidden.count === 0 ? rows : minus(rows, hidden);
  }

  private largestSystem(): string {
    const systems = this.table.samples[this.sample.peek()]?.systems ?? {};
    const known = this.table.system.values.filter((s) => s !== "");
    return [...known].sort((a, b) => (systems[b] ?? 0) - (systems[a] ?? 0))[0] ?? "";
  }

  idsOf(rows: Iterable<Row>): CloneId[] {
    return Array.from(rows, (row) => cloneId(this.table.id.at(row)));
  }

  // --- what people do

  /** Changes the document; undoable. */
  commit(change: Change): void {
    const before = this.doc.peek();
    const after = apply(this.table, before, change);
    if (after === before) return;
    batch(() => {
      this.history.value = history.record(this.history.peek(), { change, before, after });
      this.show(after);
    });
  }

  undo(): void {
    this.step(history.undo(this.history.peek()));
  }

  redo(): void {
    this.step(history.redo(this.history.peek()));
  }

  private step(to: ReturnType<typeof history.undo>): void {
    if (!to) return;
    batch(() => {
      this.history.value = to.history;
      this.show(to.document);
    });
  }

  /** A sample that is hidden cannot stay the current one. */
  private show(doc: Document): void {
    this.doc.value = doc;
    const shown = shownSamples(doc);
    if (!shown.includes(this.sample.peek())) this.sample.value = shown[0]!;
  }

  /** Lays another document over the table, as from an .analysis file: a new beginning, not a step. */
  replaceDocument(doc: Document): void {
    batch(() => {
      this.history.value = history.EMPTY;
      this.exported.value = doc;
      this.show(doc);
      if (doc.tags.size > 0) this.colorAxis.value = "tag";
    });
  }

  /** What is selected is always something that is listed. */
  select(rows: Iterable<Row> | RowSet, mode: SelectMode = "replace"): void {
    const given = "words" in rows ? rows : rowsOf(this.table.rows, rows);
    const old = this.selection.peek();
    const next =
      mode === "replace"
        ? given
        : mode === "add"
          ? or(old, given)
          : mode === "remove"
            ? minus(old, given)
            : xor(old, given);
    this.selection.value = and(next, this.listed.peek());
  }

  selectAll(): void {
    this.selection.value = this.listed.peek();
  }

  addFilter(filter: Filter): void {
    const single = filter.kind === "top" || filter.kind === "present" || filter.kind === "systems";
    const rest = this.filters.peek().filter((f) => !(single && f.kind === filter.kind));
    batch(() => {
      this.filters.value = [...rest, filter];
      this.selection.value = and(this.selection.peek(), this.listed.peek());
    });
  }

  removeFilter(filter: Filter): void {
    this.filters.value = this.filters.peek().filter((f) => f !== filter);
  }

  /** Shows or hides a system; `only` shows it alone, or all again when it is alone already. */
  toggleSystem(system: string, only = false): void {
    const all = this.table.system.values;
    const current = this.filters.peek().find((f) => f.kind === "systems");
    const hidden = new Set(current?.kind === "systems" ? current.hidden : []);
    if (only) {
      const alone = hidden.size === all.length - 1 && !hidden.has(system);
      hidden.clear();
      if (!alone) for (const other of all) if (other !== system) hidden.add(other);
    } else if (hidden.has(system)) hidden.delete(system);
    else hidden.add(system);
    const rest = this.filters.peek().filter((f) => f.kind !== "systems");
    this.filters.value = hidden.size === 0 ? rest : [...rest, { kind: "systems", hidden: [...hidden] }];
    this.selection.value = and(this.selection.peek(), this.listed.peek());
  }

  setSample(sample: SampleIndex): void {
    if (sample === this.sample.peek() || !this.table.samples[sample]) return;
    batch(() => {
      this.other.value = this.sample.peek();
      this.sample.value = sample;
    });
  }

  /** The next displayed sample, round the end. */
  stepSample(by: 1 | -1): void {
    const shown = this.shown.peek();
    const at = shown.indexOf(this.sample.peek());
    this.setSample(shown[(at + by + shown.length) % shown.length]!);
  }

  setPlot(pane: number, plot: PlotConfig): void {
    this.plots.value = this.plots.peek().map((old, i) => (i === pane ? plot : old));
  }

  // --- the address

  view(): ViewState {
    // Of more than a link holds only the number matters: naming 100 000 clonotypes takes 50 ms.
    const tokens = (rows: RowSet) =>
      rows.count > MOST_IDS ? TOO_MANY : Array.from(members(rows), (row) => tokenOf(this.table.id.at(row)));
    return {
      sample: this.sampleKey(this.sample.value),
      other: this.sampleKey(this.other.value),
      selection: tokens(this.settled.value),
      query: this.query.value,
      colorBy: this.colorAxis.value,
      denominator: this.denominator.value,
      sort: this.sort.value,
      plots: this.plots.value,
      filters: this.filters.value,
      rowFilters: this.filters.value
        .filter((f) => f.kind === "focus" || f.kind === "hide")
        .map((f) => ({ kind: f.kind, clones: tokens(f.rows) })),
      system: this.plotSystem.value,
      graph: this.graphMode.value,
      graphLook: this.graphLook.value,
      notation: this.notation.value,
    };
  }

  restore(view: Partial<ViewState>): void {
    const clones = [...(view.selection ?? []), ...(view.rowFilters ?? []).flatMap((f) => f.clones)];
    const byToken = clones.length > 0 ? rowsByToken(this.table.id) : new Map<string, Row>();
    const rowsOfTokens = (list: readonly string[]) =>
      rowsOf(
        this.table.rows,
        list.map((text) => byToken.get(text) ?? this.table.rowOf(text)).filter((row) => row !== undefined),
      );
    const rowFilter = ({ kind, clones: list }: RowFilter): Filter => ({ kind, rows: rowsOfTokens(list) });
    batch(() => {
      const other = this.sampleOf(view.other);
      const sample = this.sampleOf(view.sample);
      if (sample >= 0) this.setSample(sample);
      if (other >= 0) this.other.value = other;
      if (view.query !== undefined) this.query.value = view.query;
      if (view.colorBy !== undefined) this.colorAxis.value = view.colorBy;
      if (view.denominator) this.denominator.value = view.denominator;
      if (view.sort) this.sort.value = view.sort;
      if (view.plots) this.plots.value = this.plots.peek().map((plot, i) => view.plots?.[i] ?? plot);
      if (view.filters || view.rowFilters)
        // A focus on clonotypes that are not here would show nothing, and nobody would know why.
        this.filters.value = [
          ...(view.filters ?? []),
          ...(view.rowFilters ?? []).map(rowFilter).filter((f) => !("rows" in f) || f.rows.count > 0),
        ];
      if (view.system !== undefined && this.table.system.values.includes(view.system))
        this.plotSystem.value = view.system;
      if (view.graph) this.graphMode.value = view.graph;
      if (view.graphLook) this.graphLook.value = view.graphLook;
      if (view.notation) this.notation.value = view.notation;
    });
    this.select(rowsOfTokens(view.selection ?? []));
  }

  /** What a sample is called in links. Old ones have the name of its file. */
  private sampleKey(sample: SampleIndex): string | null {
    const found = this.table.samples[sample];
    if (!found) return null;
    if (found.key) return found.key;
    // Names of files tell of people: they have no place in an address.
    const before = this.table.samples.slice(0, sample).filter((s) => s.originalName === found.originalName).length;
    return tokenOf(found.originalName) + (before === 0 ? "" : `~${before + 1}`);
  }

  private sampleOf(key: string | null | undefined): SampleIndex {
    return key ? this.table.samples.findIndex((s, i) => this.sampleKey(i) === key || s.originalName === key) : -1;
  }

  // --- small things of the page

  /** Systems with clonotypes, in display order. */
  systems(): readonly string[] {
    return [...this.table.system.values].sort(compareSystems);
  }

  /** The highest rank of the table, at least 1. */
  highestTop(): number {
    return this.table.top.reduce((a, b) => Math.max(a, b), 1);
  }

  toggleExpanded(leader: Row): void {
    const next = new Set(this.expanded.peek());
    if (!next.delete(leader)) next.add(leader);
    this.expanded.value = next;
  }

  setActive(row: Row): void {
    this.active.value = row;
  }

  openDetails(row: Row | null): void {
    this.details.value = row;
  }
}
