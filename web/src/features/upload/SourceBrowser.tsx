/** A mounted folder of the server: walked through or searched; its files become samples without being copied. */
import { IconFile, IconFolder } from "@tabler/icons-react";
import { useInfiniteQuery, useMutation, useQuery } from "@tanstack/react-query";
import type { FormEvent } from "react";
import { useState } from "react";
import { call } from "../../api/client";
import { sourceFiles, sourceFolder } from "../../api/queries";
import type { SourceEntry } from "../../api/types";
import { bytesText, timeText } from "../server/format";
import { Empty, Fault, Loading, More, useMessages } from "../server/parts";
import type { Chosen } from "./plan";

interface Props {
  readonly source: string;
  readonly busy: boolean;
  onFiles(files: readonly Chosen[]): void;
}

/** A text as a pattern that means itself. */
const literal = (text: string): string => text.replace(/[*?[\]\\]/g, "?");

const below = (path: string, pattern: string): string => (path === "" ? pattern : `${literal(path)}/${pattern}`);

export function SourceBrowser({ source, busy, onFiles }: Props) {
  const m = useMessages();
  const words = m.lists;
  const [path, setPath] = useState("");
  const [text, setText] = useState("");
  const [pattern, setPattern] = useState("");
  const [ticked, setTicked] = useState<ReadonlyMap<string, SourceEntry>>(new Map());
  const folder = useInfiniteQuery({ ...sourceFolder(source, path), enabled: pattern === "" });
  const found = useQuery(sourceFiles(source, pattern));
  const rows = pattern === "" ? (folder.data?.pages.flatMap((p) => p.items) ?? []) : (found.data?.items ?? []);
  const error = pattern === "" ? folder.error : found.error;
  const pending = pattern === "" ? folder.isPending : found.isPending;
  const chosen = (list: Iterable<SourceEntry>): Chosen[] =>
    Array.from(list, (e) => ({ path: e.path, size: e.size, source }));
  const whole = useMutation({
    mutationFn: () =>
      call("get", "/api/v1/sources/{name}/files", { path: { name: source }, query: { pattern: below(path, "**/*") } }),
    onSuccess: ({ items }) => items.length > 0 && onFiles(chosen(items)),
  });
  const go = (to: string) => {
    setPath(to);
    setPattern("");
    setText("");
  };
  const search = (e: FormEvent) => {
    e.preventDefault();
    const word = text.trim();
    setPattern(word === "" ? "" : below(path, `**/${/[*?]/.test(word) ? word : `*${literal(word)}*`}`));
  };
  const tick = (entry: SourceEntry) => {
    const next = new Map(ticked);
    if (!next.delete(entry.path)) next.set(entry.path, entry);
    setTicked(next);
  };
  return (
    <section className="block source" aria-label={words.mounted(source)}>
      <div className="toolbar">
        <Crumbs source={source} path={path} onGo={go} />
        <span className="spring" />
        <form onSubmit={search} className="source-search">
          <input
            type="search"
            className="field"
            value={text}
            placeholder={words.findFiles}
            aria-label={words.findFiles}
            onChange={(e) => {
              setText(e.currentTarget.value);
              if (e.currentTarget.value === "") setPattern("");
            }}
          />
        </form>
        <button type="button" className="button" disabled={busy || whole.isPending} onClick={() => whole.mutate()}>
          {words.wholeFolder}
        </button>
        <button
          type="button"
          className="button primary"
          disabled={busy || ticked.size === 0}
          onClick={() => onFiles(chosen(ticked.values()))}
        >
          {words.useFiles(ticked.size)}
        </button>
      </div>
      {whole.data?.items.length === 0 && <p className="note">{words.noFilesBelow}</p>}
      {(error ?? whole.error) && <Fault error={error ?? whole.error} />}
      {pending && !error && <Loading />}
      {!pending && rows.length === 0 && (
        <Empty title={pattern === "" ? words.emptyFolder : m.server.sets.nothingFound(text)} />
      )}
      {rows.length > 0 && <Entries rows={rows} named={pattern !== ""} ticked={ticked} onTick={tick} onGo={go} />}
      {pattern === "" && <More of={folder} />}
    </section>
  );
}

function Crumbs({ source, path, onGo }: { source: string; path: string; onGo: (path: string) => void }) {
  const m = useMessages();
  const parts = path === "" ? [] : path.split("/");
  return (
    <nav className="crumbs" aria-label={m.lists.folder}>
      <button type="button" className="quiet" onClick={() => onGo("")}>
        {source}
      </button>
      {parts.map((name, i) => {
        const to = parts.slice(0, i + 1).join("/");
        return (
          <span key={to}>
            <span aria-hidden>/</span>
            <button
              type="button"
              className="quiet"
              aria-current={to === path ? "page" : undefined}
              onClick={() => onGo(to)}
            >
              {name}
            </button>
          </span>
        );
      })}
    </nav>
  );
}

interface EntriesProps {
  readonly rows: readonly SourceEntry[];
  readonly named: boolean;
  readonly ticked: ReadonlyMap<string, SourceEntry>;
  onTick(entry: SourceEntry): void;
  onGo(path: string): void;
}

function Entries({ rows, named, ticked, onTick, onGo }: EntriesProps) {
  const m = useMessages();
  return (
    <table className="table compact">
      <tbody>
        {rows.map((e) => (
          <tr key={e.path}>
            <td className="tick">
              {!e.folder && (
                <input
                  type="checkbox"
                  checked={ticked.has(e.path)}
                  aria-label={m.lists.tick(e.name)}
                  onChange={() => onTick(e)}
                />
              )}
            </td>
            <td>
              {e.folder ? (
                <button type="button" className="quiet" onClick={() => onGo(e.path)}>
                  <IconFolder size={15} stroke={1.6} aria-hidden /> {e.name}
                </button>
              ) : (
                <span className="mono small">
                  <IconFile size={14} stroke={1.4} aria-hidden /> {named ? e.path : e.name}
                </span>
              )}
            </td>
            <td className="right num secondary">{!e.folder && bytesText(e.size, m.locale)}</td>
            <td className="right num secondary">{timeText(e.changed_at, m.locale)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
