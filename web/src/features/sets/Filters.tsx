import { IconFilter } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import type { FormEvent } from "react";
import { useState } from "react";
import { configs, groups } from "../../api/queries";
import { Popover } from "../../ui/Menu";
import { useMessages } from "../server/parts";
import type { TermKind } from "./search";
import { STATES, spanText } from "./search";
import type { ListSearch } from "./useListSearch";

const DATES = ["date", "created", "changed"] as const;

/** Conditions for those who do not know how they are written. Each becomes a chip, and can be read there as it is typed. */
export function Filters({ search }: { search: ListSearch }) {
  const m = useMessages();
  const words = m.lists;
  const [opened, setOpened] = useState(false);
  const [not, setNot] = useState(false);
  const add = (kind: TermKind, text: string) => {
    if (text.trim() === "") return;
    search.add({ kind, not, text: text.trim() });
    setOpened(false);
    setNot(false);
  };
  return (
    <Popover
      opened={opened}
      onChange={setOpened}
      position="bottom-start"
      returnFocus
      className="server filters"
      aria-label={words.filter}
      target={
        <button type="button" className="button" aria-expanded={opened} onClick={() => setOpened(!opened)}>
          <IconFilter size={15} stroke={1.6} aria-hidden /> {words.filter}
        </button>
      }
    >
      <label className="check">
        <input type="checkbox" checked={not} onChange={(e) => setNot(e.currentTarget.checked)} /> {words.negate}
      </label>
      <Pick
        label={words.term.state}
        empty={words.any}
        options={STATES.map((s) => [s, words.state[s] ?? s])}
        onPick={(v) => add("state", v)}
      />
      <ConfigPick onPick={(v) => add("config", v)} />
      <GroupPick onPick={(v) => add("group", v)} />
      <TagForm onAdd={(v) => add("tag", v)} />
      <Span onAdd={add} />
    </Popover>
  );
}

function Pick({
  label,
  empty,
  options,
  onPick,
}: {
  label: string;
  empty: string;
  options: readonly (readonly [string, string])[];
  onPick: (value: string) => void;
}) {
  return (
    <label className="filter-row">
      <span>{label}</span>
      <select className="select framed" value="" onChange={(e) => onPick(e.currentTarget.value)}>
        <option value="">{empty}</option>
        {options.map(([value, text]) => (
          <option key={value} value={value}>
            {text}
          </option>
        ))}
      </select>
    </label>
  );
}

function ConfigPick({ onPick }: { onPick: (name: string) => void }) {
  const { lists } = useMessages();
  const items = useQuery(configs).data?.items ?? [];
  return (
    <Pick label={lists.term.config} empty={lists.any} options={items.map((c) => [c.name, c.name])} onPick={onPick} />
  );
}

function GroupPick({ onPick }: { onPick: (name: string) => void }) {
  const { lists } = useMessages();
  const items = useQuery(groups).data?.items ?? [];
  return (
    <Pick label={lists.term.group} empty={lists.any} options={items.map((g) => [g.name, g.name])} onPick={onPick} />
  );
}

function TagForm({ onAdd }: { onAdd: (tag: string) => void }) {
  const m = useMessages();
  const [text, setText] = useState("");
  const submit = (e: FormEvent) => {
    e.preventDefault();
    onAdd(text.replace(/^#/, ""));
    setText("");
  };
  return (
    <form className="filter-row" onSubmit={submit}>
      <label htmlFor="filter-tag">{m.lists.term.tag}</label>
      <input
        id="filter-tag"
        className="field"
        value={text}
        placeholder="#"
        onChange={(e) => setText(e.currentTarget.value)}
      />
      <button type="submit" className="button" disabled={text.replace(/^#/, "").trim() === ""}>
        {m.server.common.add}
      </button>
    </form>
  );
}

function Span({ onAdd }: { onAdd: (kind: TermKind, text: string) => void }) {
  const m = useMessages();
  const words = m.lists;
  const [kind, setKind] = useState<(typeof DATES)[number]>("date");
  const [from, setFrom] = useState("");
  const [to, setTo] = useState("");
  const submit = (e: FormEvent) => {
    e.preventDefault();
    onAdd(kind, spanText(from, to));
    setFrom("");
    setTo("");
  };
  return (
    <form className="filter-row span" onSubmit={submit}>
      <select
        className="select framed"
        aria-label={words.dates}
        value={kind}
        onChange={(e) => setKind(DATES.find((d) => d === e.currentTarget.value) ?? "date")}
      >
        {DATES.map((d) => (
          <option key={d} value={d}>
            {words.term[d]}
          </option>
        ))}
      </select>
      <input
        type="date"
        className="field"
        aria-label={words.from}
        value={from}
        max={to}
        onChange={(e) => setFrom(e.currentTarget.value)}
      />
      <input
        type="date"
        className="field"
        aria-label={words.to}
        value={to}
        min={from}
        onChange={(e) => setTo(e.currentTarget.value)}
      />
      <button type="submit" className="button" disabled={from === "" && to === ""}>
        {m.server.common.add}
      </button>
    </form>
  );
}
