/** Patients, runs or other sets: one list, searched and sorted by the server; its state is the address. */
import { IconArrowDown, IconArrowUp, IconPlus, IconSearch } from "@tabler/icons-react";
import { keepPreviousData, useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { useEffect, useMemo, useState } from "react";
import { liveJobs, sets, totals, whoami } from "../../api/queries";
import type { Job, Kind, SampleSet } from "../../api/types";
import { bytesText, dayText, timeText, whole } from "../server/format";
import { Chip, Empty, Fault, Info, Loading, More, Page, useMessages } from "../server/parts";
import { listPath } from "../server/Shell";
import { joinSearch, splitSearch } from "./search";

/** The address waits until typing has paused. */
const TYPING_MS = 250;

export function ListPage({ kind }: { kind: Kind }) {
  const m = useMessages();
  const words = m.server.sets;
  const path = listPath(kind);
  const search: { q?: string; sort?: string } = useSearch({ from: `/in${path}` });
  const q = search.q ?? "";
  const sort = search.sort ?? "-created";
  const navigate = useNavigate();
  const go = (change: { q?: string; sort?: string }) => {
    const next = { q, sort, ...change };
    void navigate({
      to: path,
      search: { ...(next.q ? { q: next.q } : {}), ...(next.sort !== "-created" ? { sort: next.sort } : {}) },
      replace: true,
    });
  };
  const list = useInfiniteQuery({ ...sets({ kind, q, sort }), placeholderData: keepPreviousData });
  const rows = list.data?.pages.flatMap((page) => page.items) ?? [];
  const may = (useQuery(whoami).data?.targets.set ?? []).length > 0;
  const { tags, rest } = splitSearch(q);
  const addTag = (tag: string) => !tags.includes(tag) && go({ q: joinSearch([...tags, tag], rest) });
  const create = may && (
    <Link to="/new" search={{ kind }} className="button primary">
      <IconPlus size={15} stroke={2} aria-hidden /> {words.newOne[kind]}
    </Link>
  );
  return (
    <Page title={words.kinds[kind] ?? ""} actions={create} ready={!list.isPending}>
      <div className="toolbar">
        <SearchBox key={kind} value={rest} onChange={(text) => go({ q: joinSearch(tags, text) })} />
        {tags.map((tag) => (
          <Chip
            key={tag}
            label={words.removeTag(tag)}
            onRemove={() =>
              go({
                q: joinSearch(
                  tags.filter((t) => t !== tag),
                  rest,
                ),
              })
            }
          >
            #{tag}
          </Chip>
        ))}
        <span className="spring" />
        <Totals kind={kind} q={q} />
      </div>
      {list.error && <Fault error={list.error} retry={() => void list.refetch()} />}
      {list.isPending && <Loading />}
      {list.data &&
        rows.length === 0 &&
        (q === "" ? (
          <Empty title={words.emptyTitle[kind] ?? ""} text={may ? words.empty : words.emptyReadOnly}>
            {create}
          </Empty>
        ) : (
          <NothingFound q={q} onClear={() => go({ q: "" })} />
        ))}
      {rows.length > 0 && (
        <Rows
          kind={kind}
          rows={rows}
          sort={sort}
          onSort={(next) => go({ sort: next })}
          onTag={addTag}
          dim={list.isPlaceholderData}
        />
      )}
      <More of={list} />
    </Page>
  );
}

function NothingFound({ q, onClear }: { q: string; onClear: () => void }) {
  const m = useMessages();
  return (
    <Empty title={m.server.sets.nothingFound(q)}>
      <button type="button" className="button" onClick={onClear}>
        {m.server.sets.clearSearch}
      </button>
    </Empty>
  );
}

export function SearchBox({ value, onChange }: { value: string; onChange: (text: string) => void }) {
  const m = useMessages();
  const [text, setText] = useState(value);
  const [sent, setSent] = useState(value);
  // Somebody went back, or pressed a tag: the address wins over what stands here, unless it is what was typed.
  if (value !== sent) {
    setSent(value);
    setText(value);
  }
  useEffect(() => {
    if (text.trim() === sent.trim()) return undefined;
    const timer = setTimeout(() => {
      setSent(text.trim());
      onChange(text);
    }, TYPING_MS);
    return () => clearTimeout(timer);
  }, [text, sent, onChange]);
  return (
    <label className="search-box">
      <IconSearch size={15} stroke={1.6} aria-hidden />
      <span className="visually-hidden">{m.server.sets.searchLabel}</span>
      <input
        type="search"
        className="field"
        value={text}
        placeholder={m.server.sets.search}
        onChange={(e) => setText(e.currentTarget.value)}
      />
    </label>
  );
}

function Totals({ kind, q }: { kind: Kind; q: string }) {
  const m = useMessages();
  const sum = useQuery({ ...totals(kind, q), placeholderData: keepPreviousData }).data;
  return (
    <span className="secondary num totals">
      {sum ? m.server.sets.totals(kind, sum.sets, sum.samples, bytesText(sum.bytes, m.locale)) : ""}
    </span>
  );
}

interface RowsProps {
  readonly kind: Kind;
  readonly rows: readonly SampleSet[];
  readonly sort: string;
  readonly dim: boolean;
  onSort(sort: string): void;
  onTag(tag: string): void;
}

function Rows({ kind, rows, sort, dim, onSort, onTag }: RowsProps) {
  const m = useMessages();
  const words = m.server.sets.columns;
  const live = useLiveBySet();
  const head = (key: string, label: string, className = "") => (
    <SortHead sort={sort} sortKey={key} label={label} onSort={onSort} className={className} />
  );
  return (
    <table className={dim ? "table dim" : "table"}>
      <thead>
        <tr>
          {head("name", words.name)}
          {kind === "patient" ? head("birth", words.birth) : head("date", words.date)}
          <th>{words.info}</th>
          {head("samples", words.samples, "right")}
          <th>{words.state}</th>
          <th>{words.owner}</th>
          {head("changed", words.changed, "right")}
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <tr key={row.id}>
            <td>
              <Link to="/sets/$id" params={{ id: String(row.id) }} className="row-link">
                <bdi>{row.title}</bdi>
              </Link>
              {row.label && <span className="secondary mono label">{row.label}</span>}
              {!row.identity && <span className="visually-hidden">{m.server.sets.anonymous}</span>}
            </td>
            <td className="nowrap">
              {kind === "patient" ? (row.birth ? dayText(row.birth, m.locale) : row.age) : dayText(row.day, m.locale)}
            </td>
            <td>
              <Info info={row.info} onTag={onTag} />
            </td>
            <td className="right num nowrap">
              {whole(row.samples, m.locale)}{" "}
              <span className="secondary">{row.bytes > 0 && bytesText(row.bytes, m.locale)}</span>
            </td>
            <td className="nowrap">
              <Live jobs={live.get(row.id) ?? []} />
            </td>
            <td className="secondary">
              <bdi>{row.owner}</bdi>
            </td>
            <td className="right secondary nowrap num">{timeText(row.changed_at, m.locale)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
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

function useLiveBySet(): ReadonlyMap<number, readonly Job[]> {
  const items = useQuery(liveJobs).data?.items;
  return useMemo(() => {
    const out = new Map<number, Job[]>();
    for (const job of items ?? []) if (job.set_id) out.set(job.set_id, [...(out.get(job.set_id) ?? []), job]);
    return out;
  }, [items]);
}

export function Live({ jobs }: { jobs: readonly Job[] }) {
  const m = useMessages();
  const running = jobs.filter((j) => j.state === "running");
  if (jobs.length === 0) return null;
  if (running.length === 0) return <span className="state queued">○ {m.server.sets.waiting(jobs.length)}</span>;
  const percent = Math.round((running.reduce((sum, j) => sum + j.progress, 0) / running.length) * 100);
  return <span className="state running">◐ {m.server.sets.running(running.length, percent)}</span>;
}
