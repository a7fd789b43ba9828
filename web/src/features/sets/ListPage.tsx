/** Patients, runs or other sets: one list, searched and sorted by the server; its state is the address. */
import { IconColumns3, IconPlus } from "@tabler/icons-react";
import { keepPreviousData, useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { useMemo, useState } from "react";
import { sets, totals, whoami } from "../../api/queries";
import type { Kind, SampleSet } from "../../api/types";
import { Menu } from "../../ui/Menu";
import { useSignal } from "../../ui/useSignal";
import { bytesText } from "../server/format";
import { listPath } from "../server/live";
import { Empty, Fault, Loading, More, Page, useMessages } from "../server/parts";
import { Bulk, type Done } from "./Bulk";
import { chosen, offered, shown, toggleColumn, toggleCompact } from "./columns";
import { Filters } from "./Filters";
import { ListRows } from "./ListRows";
import { useSetStates } from "./ResultStates";
import { SearchBar } from "./SearchBar";
import { useListSearch } from "./useListSearch";
import "./lists.css";

export function ListPage({ kind }: { kind: Kind }) {
  const m = useMessages();
  const words = m.server.sets;
  const { q, sort, go } = useAddress(kind);
  const search = useListSearch(q, (next) => go({ q: next }));
  const list = useInfiniteQuery({ ...sets({ kind, q, sort }), placeholderData: keepPreviousData });
  const rows = useMemo(() => list.data?.pages.flatMap((page) => page.items) ?? [], [list.data]);
  const states = useSetStates(useMemo(() => rows.map((r) => r.id), [rows]));
  const ticks = useTicks(rows, `${kind} ${q}`);
  const [done, setDone] = useState<Done | null>(null);
  const may = (useQuery(whoami).data?.targets.set ?? []).length > 0;
  const create = may && (
    <>
      <Link to="/import" className="button">
        {m.transfer.importArchive}
      </Link>
      <Link to="/new" search={{ kind }} className="button primary">
        <IconPlus size={15} stroke={2} aria-hidden /> {words.newOne[kind]}
      </Link>
    </>
  );
  return (
    <Page title={words.kinds[kind] ?? ""} actions={create} ready={!list.isPending}>
      <div className="toolbar list-bar">
        <SearchBar search={search}>
          <Filters search={search} />
        </SearchBar>
        <span className="spring" />
        <Totals kind={kind} q={q} />
        <View kind={kind} />
      </div>
      {done && <Told done={done} onClose={() => setDone(null)} />}
      {list.error && <Fault error={list.error} retry={() => void list.refetch()} />}
      {list.isPending && <Loading />}
      {list.data &&
        rows.length === 0 &&
        (q === "" ? (
          <Empty title={words.emptyTitle[kind] ?? ""} text={may ? words.empty : words.emptyReadOnly}>
            {create}
          </Empty>
        ) : (
          <NothingFound q={q} onClear={search.clear} />
        ))}
      {rows.length > 0 && (
        <ListRows
          kind={kind}
          rows={rows}
          sort={sort}
          states={states}
          ticked={ticks.ids}
          onTick={ticks.change}
          onSort={(next) => go({ sort: next })}
          onTag={(tag) => search.add({ kind: "tag", not: false, text: tag })}
          dim={list.isPlaceholderData}
        />
      )}
      <More of={list} />
      {ticks.sets.length > 0 && <Bulk sets={ticks.sets} onClear={ticks.clear} onDone={setDone} />}
    </Page>
  );
}

function useAddress(kind: Kind) {
  const path = listPath(kind);
  const search: { q?: string; sort?: string } = useSearch({ from: `/in${path}` });
  const navigate = useNavigate();
  const q = search.q ?? "";
  const sort = search.sort ?? "-created";
  const go = (change: { q?: string; sort?: string }) => {
    const next = { q, sort, ...change };
    void navigate({
      to: path,
      search: { ...(next.q ? { q: next.q } : {}), ...(next.sort !== "-created" ? { sort: next.sort } : {}) },
      replace: true,
    });
  };
  return { q, sort, go };
}

/** Ticked rows. Those of another search are forgotten: what is not seen must not be changed by mistake. */
function useTicks(rows: readonly SampleSet[], of: string) {
  const [state, setState] = useState<{ of: string; ids: ReadonlySet<number> }>({ of, ids: new Set() });
  const ids: ReadonlySet<number> = state.of === of ? state.ids : NONE;
  return {
    ids,
    sets: rows.filter((r) => ids.has(r.id)),
    change: (which: readonly number[], on: boolean) => {
      const next = new Set(ids);
      for (const id of which) on ? next.add(id) : next.delete(id);
      setState({ of, ids: next });
    },
    clear: () => setState({ of, ids: NONE }),
  };
}

const NONE: ReadonlySet<number> = new Set();

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

/** What was just done with many sets, and the way back where there is one. */
function Told({ done, onClose }: { done: Done; onClose: () => void }) {
  const m = useMessages();
  const [busy, setBusy] = useState(false);
  const undo = () => {
    setBusy(true);
    void done.undo?.().then(onClose, () => setBusy(false));
  };
  return (
    <p className="note told" role="status">
      <span>{done.text}</span>
      {done.undo && (
        <button type="button" className="button" disabled={busy} onClick={undo}>
          {m.lists.undo}
        </button>
      )}
      <span className="spring" />
      <button type="button" className="quiet" onClick={onClose}>
        {m.server.common.close}
      </button>
    </p>
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

/** Which columns there are, and how high the rows. */
function View({ kind }: { kind: Kind }) {
  const m = useMessages();
  const how = useSignal(chosen);
  const now = shown(kind, how).map((c) => c.id);
  return (
    <Menu
      position="bottom-end"
      closeOnItemClick={false}
      target={
        <button type="button" className="button icon-only" aria-label={m.lists.columns} title={m.lists.columns}>
          <IconColumns3 size={16} stroke={1.6} aria-hidden />
        </button>
      }
    >
      {offered(kind).map((c) => (
        <Menu.CheckboxItem key={c.id} checked={now.includes(c.id)} onChange={() => toggleColumn(kind, c.id)}>
          {m.lists.column[c.id]}
        </Menu.CheckboxItem>
      ))}
      <Menu.Divider />
      <Menu.CheckboxItem checked={how.compact} onChange={toggleCompact}>
        {m.lists.compact}
      </Menu.CheckboxItem>
    </Menu>
  );
}
