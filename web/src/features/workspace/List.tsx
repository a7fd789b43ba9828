import { IconArrowDown, IconArrowUp, IconSearch, IconX } from "@tabler/icons-react";
import { useVirtualizer } from "@tanstack/react-virtual";
import type { KeyboardEvent, MouseEvent } from "react";
import { useCallback, useEffect, useMemo, useRef } from "react";
import { has } from "../../core/bits";
import type { SortKey } from "../../core/sort";
import type { Row } from "../../core/table";
import { messages } from "../../i18n";
import { useSignal } from "../../ui/useSignal";
import { useWorkspace } from "./context";
import { Elsewhere } from "./ListElsewhere";
import { CloneLine, SmallerLine } from "./ListLine";

const ROW = 26;
const SORTS: readonly SortKey[] = ["size", "name", "five", "three", "cdr3"];

/** Rows of the lines, from the top; the complement of a row (~row) is a member of the open cluster above it. */
function linesOf(
  order: Int32Array,
  expanded: ReadonlySet<Row>,
  clusters: ReadonlyMap<Row, readonly Row[]>,
): Int32Array {
  if (expanded.size === 0) return order;
  const out: number[] = [];
  for (const row of order) {
    out.push(row);
    if (expanded.has(row)) for (const member of clusters.get(row)?.slice(1) ?? []) out.push(~member);
  }
  return Int32Array.from(out);
}

/** All clonotypes on display; only the lines on screen are in the page. */
export function List() {
  const ws = useWorkspace();
  const m = useSignal(messages);
  const order = useSignal(ws.order);
  return (
    <section className="pane list" aria-label={m.list.title}>
      <ListHead />
      <Lines />
      <footer className="list-foot num" aria-live="polite">
        {order.length === ws.table.rows
          ? m.clonotypes(order.length)
          : m.of(order.length.toLocaleString(m.locale), m.clonotypes(ws.table.rows))}
        <Elsewhere />
      </footer>
    </section>
  );
}

function ListHead() {
  const ws = useWorkspace();
  const m = useSignal(messages);
  const query = useSignal(ws.query);
  const sort = useSignal(ws.sort);
  return (
    <div className="list-head">
      <label className="search">
        <IconSearch size={14} stroke={1.6} aria-hidden />
        <input
          type="search"
          aria-label={m.list.search}
          placeholder={m.list.search}
          value={query}
          onChange={(e) => {
            ws.query.value = e.currentTarget.value;
          }}
        />
        {query !== "" && (
          <button
            type="button"
            className="quiet icon"
            aria-label={m.list.clear}
            onClick={() => {
              ws.query.value = "";
            }}
          >
            <IconX size={14} />
          </button>
        )}
      </label>
      <select
        className="select"
        aria-label={m.list.sortBy}
        value={sort.key}
        onChange={(e) => {
          const key = SORTS.find((known) => known === e.currentTarget.value) ?? "size";
          ws.sort.value = { key, descending: key === "size" };
        }}
      >
        {SORTS.map((key) => (
          <option key={key} value={key}>
            {m.list.sort[key]}
          </option>
        ))}
      </select>
      <button
        type="button"
        className="quiet icon"
        aria-label={sort.descending ? m.list.descending : m.list.ascending}
        onClick={() => {
          ws.sort.value = { ...sort, descending: !sort.descending };
        }}
      >
        {sort.descending ? <IconArrowDown size={14} /> : <IconArrowUp size={14} />}
      </button>
    </div>
  );
}

function Lines() {
  const ws = useWorkspace();
  const m = useSignal(messages);
  const order = useSignal(ws.order);
  const smaller = useSignal(ws.smaller);
  const expanded = useSignal(ws.expanded);
  const clusters = useSignal(ws.clusters);
  const selection = useSignal(ws.selection);
  const viewport = useRef<HTMLDivElement>(null);
  const anchor = useRef<Row | null>(null);

  const lines = useMemo(() => linesOf(order, expanded, clusters.byLeader), [order, expanded, clusters]);
  const count = lines.length + smaller.length;
  const virtual = useVirtualizer({
    count,
    getScrollElement: () => viewport.current,
    estimateSize: () => ROW,
    overscan: 8,
  });

  const active = useActiveRow(order, selection.count);
  useEffect(() => {
    if (active !== null) {
      const at = lines.indexOf(active);
      if (at >= 0) virtual.scrollToIndex(at, { align: "auto" });
    }
  }, [active, lines, virtual]);

  // The same function as long as the order is the same: a brush then draws only lines that it changes.
  const click = useCallback(
    (row: Row, e: MouseEvent) => {
      if (e.shiftKey && anchor.current !== null) {
        const [a, b] = [order.indexOf(anchor.current), order.indexOf(row)].sort((x, y) => x - y);
        ws.select(order.slice(Math.max(0, a!), b! + 1));
        return;
      }
      anchor.current = row;
      ws.select([row], e.ctrlKey || e.metaKey ? "toggle" : "replace");
    },
    [ws, order],
  );
  const press = (e: KeyboardEvent) => {
    if (e.key === "Enter" && active !== null) {
      ws.openDetails(active);
      return;
    }
    const step = { ArrowDown: 1, ArrowUp: -1, PageDown: 15, PageUp: -15, Home: -Infinity, End: Infinity }[e.key];
    if (step === undefined || order.length === 0) return;
    e.preventDefault();
    const at = active === null ? -1 : order.indexOf(active);
    const to = Math.max(0, Math.min(order.length - 1, at + step));
    ws.select([order[to]!], e.shiftKey ? "add" : "replace");
    anchor.current = order[to]!;
    ws.setActive(order[to]!);
  };
  if (count === 0) return <p className="empty">{ws.table.rows === 0 ? m.list.noClones : m.list.empty}</p>;
  return (
    <div
      ref={viewport}
      className="list-lines"
      role="grid"
      tabIndex={0}
      aria-label={m.list.title}
      aria-multiselectable="true"
      aria-rowcount={count}
      {...(active !== null ? { "aria-activedescendant": `clone-${active}` } : {})}
      onKeyDown={press}
      onPointerLeave={() => {
        ws.hover.value = null;
      }}
    >
      <div role="presentation" style={{ height: virtual.getTotalSize(), position: "relative" }}>
        {virtual.getVirtualItems().map((item) => {
          const place = { transform: `translateY(${item.start}px)` };
          const line = lines[item.index];
          if (line === undefined) {
            const rest = smaller[item.index - lines.length]!;
            return <SmallerLine key={`s${rest.system}`} line={rest} at={item.index + 1} style={place} />;
          }
          const row = line < 0 ? ~line : line;
          return (
            <CloneLine
              key={row}
              row={row}
              member={line < 0}
              selected={has(selection, row)}
              at={item.index + 1}
              top={item.start}
              onClick={click}
            />
          );
        })}
      </div>
    </div>
  );
}

/** The row that keys moved to, while it is selected; else the only selected one. */
function useActiveRow(order: Int32Array, selected: number): Row | null {
  const ws = useWorkspace();
  const active = useSignal(ws.active);
  if (active !== null && selected > 0 && has(ws.selection.peek(), active)) return active;
  return selected === 1 && order.length > 0 ? (ws.selectedRows.peek()[0] ?? null) : null;
}
