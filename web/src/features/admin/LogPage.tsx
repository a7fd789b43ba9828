/** The last lines of the server's log: what an administrator looks at when somebody reads a request id to them. */
import { useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import type { FormEvent } from "react";
import { useEffect, useState } from "react";
import { LOG_LEVELS } from "../../api/types";
import { Empty, Fault, Field, Loading, Page, useMessages } from "../server/parts";
import { Check, Choice } from "./parts";
import type { LogFilter, LogLine } from "./queries";
import { serverLog } from "./queries";
import "./log.css";

export function LogPage() {
  const m = useMessages();
  const words = m.people.log;
  const filter = useSearch({ from: "/in/admin/log" });
  const [live, setLive] = useState(true);
  const list = useQuery({ ...serverLog(filter), refetchInterval: live ? 3_000 : false });
  const lines = list.data?.lines ?? [];
  return (
    <Page title={words.title} ready={!list.isPending}>
      <p className="secondary">{words.text}</p>
      <Filter filter={filter} live={live} onLive={setLive} />
      {list.error && <Fault error={list.error} retry={() => void list.refetch()} />}
      {list.isPending && <Loading />}
      {list.data && lines.length === 0 && <Empty title={words.empty} />}
      {lines.length > 0 && (
        <>
          <p className="secondary small num">{words.lines(lines.length)}</p>
          <ol className="log-lines mono" reversed>
            {lines.toReversed().map((line) => (
              <Line key={line.number} line={line} />
            ))}
          </ol>
        </>
      )}
    </Page>
  );
}

function Filter({ filter, live, onLive }: { filter: LogFilter; live: boolean; onLive: (on: boolean) => void }) {
  const m = useMessages();
  const words = m.people.log;
  const navigate = useNavigate();
  const [typed, setTyped] = useState(filter.q ?? "");
  useEffect(() => setTyped(filter.q ?? ""), [filter.q]);
  const go = (next: LogFilter) =>
    void navigate({
      to: "/admin/log",
      search: {
        ...(next.level && next.level !== "info" ? { level: next.level } : {}),
        ...(next.q ? { q: next.q } : {}),
      },
      replace: true,
    });
  return (
    <form
      className="form inline filters"
      onSubmit={(e: FormEvent) => {
        e.preventDefault();
        go({ ...filter, q: typed.trim() });
      }}
    >
      <Choice
        label={words.level}
        value={filter.level ?? "info"}
        onChange={(e) => go({ ...filter, level: e.currentTarget.value as LogFilter["level"] })}
      >
        {LOG_LEVELS.map((l) => (
          <option key={l} value={l}>
            {l}
          </option>
        ))}
      </Choice>
      <Field
        label={words.search}
        type="search"
        value={typed}
        onChange={(e) => setTyped(e.currentTarget.value)}
        onBlur={() => typed.trim() !== (filter.q ?? "") && go({ ...filter, q: typed.trim() })}
      />
      <button type="submit" className="button">
        {m.admin.audit.filter}
      </button>
      <Check label={words.live} checked={live} onChange={onLive} />
    </form>
  );
}

function Line({ line }: { line: LogLine }) {
  return (
    <li className={`log-line ${line.level.toLowerCase()}`}>
      <time dateTime={line.at} title={line.at}>
        {line.at.slice(0, 10)} {line.at.slice(11, 19)}
      </time>
      <span className="log-level">{line.level.toLowerCase()}</span>
      <span className="log-text">
        <strong>{line.text}</strong>
        {line.values.map((v) => (
          <span key={v.key} className="log-value">
            <span className="secondary">{v.key}</span> {v.value}
          </span>
        ))}
      </span>
    </li>
  );
}
