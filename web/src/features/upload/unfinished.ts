/**
 * Uploads that had not ended when the page was left. Browsers keep no files, so people are asked for them again; what is
 * kept meanwhile is numbers, never a name: names are the server's to tell, to who may know them.
 */
import { signal } from "@preact/signals-core";

export interface Unfinished {
  readonly fileId: number;
  readonly setId: number;
  readonly size: number;
  /** Of the file's last change, milliseconds: another file of the same name and size is another file. */
  readonly changed: number;
}

const KEY = "vidjil.uploads";

const isUnfinished = (v: unknown): v is Unfinished =>
  typeof v === "object" &&
  v !== null &&
  ["fileId", "setId", "size", "changed"].every((k) => typeof (v as Record<string, unknown>)[k] === "number");

function read(): readonly Unfinished[] {
  try {
    const list: unknown = JSON.parse(localStorage.getItem(KEY) ?? "[]");
    return Array.isArray(list) ? list.filter(isUnfinished) : [];
  } catch {
    return []; // private windows may refuse storage
  }
}

/** Those that this computer knows of, the ones on their way in this page included. */
export const unfinished = signal<readonly Unfinished[]>(read());

function keep(list: readonly Unfinished[]): void {
  unfinished.value = list;
  try {
    if (list.length > 0) localStorage.setItem(KEY, JSON.stringify(list));
    else localStorage.removeItem(KEY);
  } catch {
    // they are then known as long as the page
  }
}

// Another tab has begun or ended uploads.
if (typeof window !== "undefined")
  window.addEventListener("storage", (e) => {
    if (e.key === KEY) unfinished.value = read();
  });

/** What other tabs of this browser are sending: it is not for this one to ask for those files. */
export const elsewhere = signal<ReadonlySet<number>>(new Set());

interface Told {
  readonly tab: string;
  /** Files on their way in that tab; null asks all others for theirs. */
  readonly sending: readonly number[] | null;
}

/**
 * Tells other tabs what this one is sending, now and when it changes, and hears of theirs. The function returned ends it.
 */
export function tellTabs(mine: () => readonly number[], onChange: (tell: () => void) => () => void): () => void {
  if (typeof BroadcastChannel === "undefined") return () => undefined;
  const channel = new BroadcastChannel("vidjil.uploads");
  const tab = Math.random().toString(36).slice(2);
  const others = new Map<string, readonly number[]>();
  const say = (sending: Told["sending"]) => channel.postMessage({ tab, sending } satisfies Told);
  channel.onmessage = (e: MessageEvent<Told>) => {
    if (e.data.sending === null) {
      say(mine());
      return;
    }
    others.set(e.data.tab, e.data.sending);
    elsewhere.value = new Set([...others.values()].flat());
  };
  const end = onChange(() => say(mine()));
  const leave = () => say([]);
  window.addEventListener("pagehide", leave);
  say(null);
  return () => {
    leave();
    end();
    window.removeEventListener("pagehide", leave);
    channel.close();
  };
}

export function note(list: readonly Unfinished[]): void {
  const ids = new Set(list.map((u) => u.fileId));
  keep([...unfinished.peek().filter((u) => !ids.has(u.fileId)), ...list]);
}

export function unnote(fileIds: Iterable<number>): void {
  const ids = new Set(fileIds);
  if (unfinished.peek().some((u) => ids.has(u.fileId))) keep(unfinished.peek().filter((u) => !ids.has(u.fileId)));
}

/** What the server knows of a file that it waits for. */
export interface Expected extends Unfinished {
  readonly name: string;
  readonly sample: string;
}

export interface Found {
  readonly matches: readonly { readonly expected: Expected; readonly file: File }[];
  /** Files of the right name that are not the ones that were begun with. */
  readonly changed: readonly File[];
  readonly unknown: readonly File[];
}

/** Which chosen files are the ones that are waited for: by name, size and the time of their last change. */
export function findAgain(expected: readonly Expected[], files: readonly File[]): Found {
  const left = [...expected];
  const [matches, changed, unknown]: [{ expected: Expected; file: File }[], File[], File[]] = [[], [], []];
  for (const file of files) {
    const named = left.filter((e) => e.name === file.name);
    const exact = named.find((e) => e.size === file.size && e.changed === file.lastModified);
    if (exact) {
      matches.push({ expected: exact, file });
      left.splice(left.indexOf(exact), 1);
    } else if (named.length > 0) changed.push(file);
    else unknown.push(file);
  }
  return { matches, changed, unknown };
}
