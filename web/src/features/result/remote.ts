/** Searches of sequences that are not in the page: the server looks through all clonotypes of the set's results. */
import type { ReadonlySignal } from "@preact/signals-core";
import { effect, signal } from "@preact/signals-core";
import { call } from "../../api/client";
import { rowsOf } from "../../core/bits";
import { isSequence } from "../../core/search";
import type { Workspace } from "../../core/workspace";

export interface SearchState {
  readonly query: string;
  readonly kind: "searching" | "done" | "failed" | "tooShort";
  /** Clonotypes that were found and are not in the list. */
  readonly away: readonly string[];
  readonly error?: unknown;
}

export interface RemoteSearch {
  readonly state: ReadonlySignal<SearchState | null>;
  stop(): void;
}

/** Somebody who types does not ask with each letter. */
const PAUSE_MS = 350;
/** The server wants this many letters that are A, C, G or T. */
const LEAST_LETTERS = 12;
const MOST_HITS = 1000;

const plainLetters = (query: string): number => query.replace(/[^ACGT]/gi, "").length;

export function searchOnServer(ws: Workspace, setId: number, configId: number): RemoteSearch {
  const state = signal<SearchState | null>(null);
  let timer: ReturnType<typeof setTimeout> | undefined;
  let running: AbortController | undefined;
  const ask = async (query: string): Promise<void> => {
    running = new AbortController();
    const { signal: aborted } = running;
    state.value = { query, kind: "searching", away: [] };
    try {
      const { items } = await call("post", "/api/v1/clonotypes/search", {
        body: { sequence: query.toUpperCase(), set_ids: [setId], config_ids: [configId], limit: MOST_HITS },
        signal: aborted,
      });
      const ids = new Set(items.map((hit) => hit.id));
      const rows = [...ids].map((id) => ws.table.rowOf(id)).filter((row) => row !== undefined);
      ws.found.value = { query, rows: rowsOf(ws.table.rows, rows) };
      state.value = { query, kind: "done", away: [...ids].filter((id) => ws.table.rowOf(id) === undefined) };
      // What was found is looked at next: its letters show where.
      await ws.sequences.need(rows.slice(0, 100)).catch(() => undefined);
    } catch (error) {
      if (!aborted.aborted) state.value = { query, kind: "failed", away: [], error };
    }
  };
  const end = () => {
    clearTimeout(timer);
    running?.abort();
  };
  const unwatch = effect(() => {
    const query = ws.query.value.trim();
    end();
    if (!isSequence(query)) state.value = null;
    else if (plainLetters(query) < LEAST_LETTERS) state.value = { query, kind: "tooShort", away: [] };
    else timer = setTimeout(() => void ask(query), PAUSE_MS);
  });
  return {
    state,
    stop: () => {
      unwatch();
      end();
    },
  };
}
