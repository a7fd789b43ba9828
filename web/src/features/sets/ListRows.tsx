/** The rows of a list of sets: ticked, sorted, walked through with the arrow keys. */
import { IconArrowDown, IconArrowUp } from "@tabler/icons-react";
import { Link, useNavigate } from "@tanstack/react-router";
import type { KeyboardEvent, MouseEvent, ReactNode } from "react";
import type { Kind, SampleSet } from "../../api/types";
import { useSignal } from "../../ui/useSignal";
import { bytesText, dayText, timeText, whole } from "../server/format";
import { Info, useMessages } from "../server/parts";
import type { Column } from "./columns";
import { chosen, shown } from "./columns";
import type { StateOf } from "./ResultStates";
import { ResultStates } from "./ResultStates";

interface Props {
  readonly kind: Kind;
  readonly rows: readonly SampleSet[];
  readonly sort: string;
  readonly dim: boolean;
  readonly states: StateOf;
  readonly ticked: ReadonlySet<number>;
  onTick(ids: readonly number[], on: boolean): void;
  onSort(sort: string): void;
  onTag(tag: string): void;
}

export function ListRows(props: Props) {
  const { kind, rows, sort, dim, ticked, onTick, onSort } = props;
  const m = useMessages();
  const how = useSignal(chosen);
  const columns = shown(kind, how);
  const all = rows.length > 0 && rows.every((r) => ticked.has(r.id));
  return (
    <div className="scroll-x">
      <table className={`table list${dim ? " dim" : ""}${how.compact ? " compact" : ""}`}>
        <thead>
          <tr>
            <th className="tick">
              <input
                type="checkbox"
                checked={all}
                ref={(box) => {
                  if (box) box.indeterminate = !all && rows.some((r) => ticked.has(r.id));
                }}
                aria-label={m.lists.tickAll}
                onChange={() =>
                  onTick(
                    rows.map((r) => r.id),
                    !all,
                  )
                }
              />
            </th>
            <SortHead sort={sort} sortKey="name" label={m.server.sets.columns.name} onSort={onSort} />
            {columns.map((c) =>
              c.sort ? (
                <SortHead
                  key={c.id}
                  sort={sort}
                  sortKey={c.sort}
                  label={m.lists.column[c.id]}
                  onSort={onSort}
                  className={c.right ? "right" : ""}
                />
              ) : (
                <th key={c.id} className={c.right ? "right" : ""}>
                  {m.lists.column[c.id]}
                </th>
              ),
            )}
          </tr>
        </thead>
        <tbody onKeyDown={walk}>
          {rows.map((row, i) => (
            <Row key={row.id} row={row} at={i} columns={columns} {...props} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** Arrow keys go from row to row, the space bar ticks; Enter follows the link, as links do. */
function walk(e: KeyboardEvent<HTMLTableSectionElement>): void {
  const on = e.target instanceof HTMLElement && e.target.matches(".row-link") ? e.target : null;
  if (!on) return;
  const links = [...e.currentTarget.querySelectorAll<HTMLElement>(".row-link")];
  const steps: Readonly<Record<string, number>> = { ArrowDown: 1, ArrowUp: -1 };
  const step = steps[e.key];
  if (step !== undefined) {
    e.preventDefault();
    links[links.indexOf(on) + step]?.focus();
  } else if (e.key === " ") {
    e.preventDefault();
    on.closest("tr")?.querySelector<HTMLInputElement>("input[type=checkbox]")?.click();
  }
}

function Row({
  row,
  at,
  columns,
  ticked,
  onTick,
  onTag,
  states,
  rows,
}: Props & { row: SampleSet; at: number; columns: readonly Column[] }) {
  const m = useMessages();
  const navigate = useNavigate();
  const open = (e: MouseEvent) => {
    // A press on a link, button or box is its own; so is marking text.
    const own = e.target instanceof Element && e.target.closest("a, button, input, label") !== null;
    if (own || e.button !== 0 || window.getSelection()?.type === "Range") return;
    void navigate({ to: "/sets/$id", params: { id: String(row.id) } });
  };
  const tick = (e: MouseEvent<HTMLInputElement>) => {
    const on = e.currentTarget.checked;
    const before = e.shiftKey ? lastTicked(rows, ticked, at) : at;
    onTick(
      rows.slice(Math.min(before, at), Math.max(before, at) + 1).map((r) => r.id),
      on,
    );
  };
  return (
    <tr className={ticked.has(row.id) ? "ticked" : ""} onClick={open}>
      <td className="tick">
        <input
          type="checkbox"
          checked={ticked.has(row.id)}
          aria-label={m.lists.tick(row.title)}
          onClick={tick}
          onChange={() => undefined}
        />
      </td>
      <td>
        <Link to="/sets/$id" params={{ id: String(row.id) }} className="row-link">
          <bdi>{row.title}</bdi>
        </Link>
        {!row.identity && <span className="visually-hidden">{m.server.sets.anonymous}</span>}
      </td>
      {columns.map((c) => (
        <td key={c.id} className={c.right ? "right num nowrap" : CELL[c.id]}>
          <Cell column={c} row={row} states={states} onTag={onTag} />
        </td>
      ))}
    </tr>
  );
}

const CELL: Readonly<Partial<Record<Column["id"], string>>> = {
  birth: "nowrap",
  date: "nowrap",
  label: "secondary mono small nowrap",
  group: "secondary",
  creator: "secondary",
  info: "info-cell",
};

/** Where a range of ticks begins: the ticked row that is nearest. */
function lastTicked(rows: readonly SampleSet[], ticked: ReadonlySet<number>, at: number): number {
  const places = rows.flatMap((r, i) => (ticked.has(r.id) && i !== at ? [i] : []));
  return places.sort((a, b) => Math.abs(a - at) - Math.abs(b - at))[0] ?? at;
}

function Cell({
  column,
  row,
  states,
  onTag,
}: {
  column: Column;
  row: SampleSet;
  states: StateOf;
  onTag: (tag: string) => void;
}): ReactNode {
  const m = useMessages();
  switch (column.id) {
    case "id":
      return row.id;
    case "birth":
      return row.birth ? dayText(row.birth, m.locale) : row.age;
    case "date":
      return dayText(row.day, m.locale);
    case "label":
      return <bdi>{row.label}</bdi>;
    case "info":
      return <Info info={row.info} onTag={onTag} />;
    case "samples":
      return whole(row.samples, m.locale);
    case "size":
      return row.bytes > 0 ? bytesText(row.bytes, m.locale) : "";
    case "results":
      return <ResultStates setId={row.id} samples={row.samples} states={states.get(row.id) ?? []} />;
    case "group":
      return <bdi>{row.owner}</bdi>;
    case "creator":
      return <bdi>{row.creator}</bdi>;
    case "created":
      return <span className="secondary">{timeText(row.created_at, m.locale)}</span>;
    case "changed":
      return <span className="secondary">{timeText(row.changed_at, m.locale)}</span>;
    case "sequencer":
      return row.sequencer;
    case "pcr":
      return row.pcr;
  }
}

export function SortHead({
  sort,
  sortKey,
  label,
  onSort,
  className,
}: {
  sort: string;
  sortKey: string;
  label: string;
  onSort: (sort: string) => void;
  className?: string;
}) {
  const current = sort.replace(/^-/, "") === sortKey;
  const down = sort.startsWith("-");
  return (
    <th className={className} aria-sort={current ? (down ? "descending" : "ascending") : undefined}>
      <button type="button" className="sort" onClick={() => onSort(current && !down ? `-${sortKey}` : sortKey)}>
        {label}
        {current && (down ? <IconArrowDown size={13} aria-hidden /> : <IconArrowUp size={13} aria-hidden />)}
      </button>
    </th>
  );
}
