import { useEffect, useRef, useState } from "react";
import type { Search, Term } from "./search";
import { cutTag, parseSearch, sameTerm, typedTag, writeSearch } from "./search";

/** The address waits until typing has paused. */
const TYPING_MS = 250;

interface Draft {
  /** Conditions that were chips before typing began. */
  readonly terms: readonly Term[];
  readonly text: string;
  /** The address at which this was typed, and the one that typing asked for: at any other, somebody went elsewhere. */
  readonly at: readonly string[];
}

export interface ListSearch extends Search {
  type(text: string): void;
  /** What was typed becomes chips. */
  commit(): void;
  /** Puts a condition in place of all that was typed, which becomes `rest`. */
  add(term: Term, rest?: string): void;
  remove(term: Term): void;
  clear(): void;
}

/**
 * The search in the address, and what is being typed on top of it: a condition becomes a chip when it is complete, not
 * under the hands of who types.
 */
export function useListSearch(q: string, go: (q: string) => void): ListSearch {
  const [draft, setDraft] = useState<Draft | null>(null);
  const timer = useRef(0);
  const live = draft?.at.includes(q) ? draft : null;
  const now: Search = live ? { terms: live.terms, rest: live.text } : parseSearch(q);
  useEffect(() => () => clearTimeout(timer.current), []);
  const ask = (terms: readonly Term[], text: string) => {
    clearTimeout(timer.current);
    setDraft(null);
    go(writeSearch(terms, text));
  };
  return {
    ...now,
    type: (text) => {
      // Half a tag is nobody's: the list waits for the whole one.
      const next = writeSearch(now.terms, typedTag(text) === null ? text : cutTag(text).text);
      setDraft({ terms: now.terms, text, at: [...new Set([...(live?.at ?? []), q, next])] });
      clearTimeout(timer.current);
      timer.current = window.setTimeout(() => go(next), TYPING_MS);
    },
    commit: () => {
      if (live) ask(live.terms, live.text);
    },
    add: (term, rest = now.rest) => ask([...now.terms.filter((t) => !sameTerm(t, term)), term], rest),
    remove: (term) =>
      ask(
        now.terms.filter((t) => !sameTerm(t, term)),
        now.rest,
      ),
    clear: () => ask([], ""),
  };
}
