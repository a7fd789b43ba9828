/** The search of a list: text with tags completed, conditions as chips, and a panel for those that one need not know. */
import { IconSearch } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import type { KeyboardEvent } from "react";
import { useEffect, useId, useRef, useState } from "react";
import { tags } from "../../api/queries";
import { Chip, useMessages } from "../server/parts";
import type { Term } from "./search";
import { cutTag, termText, typedTag } from "./search";
import type { ListSearch } from "./useListSearch";

export function SearchBar({ search, children }: { search: ListSearch; children?: React.ReactNode }) {
  const m = useMessages();
  return (
    <>
      <SearchField search={search} />
      {children}
      {search.terms.map((term) => (
        <Chip key={termText(term)} label={m.lists.removeTerm(termLabel(term, m))} onRemove={() => search.remove(term)}>
          {termLabel(term, m)}
        </Chip>
      ))}
    </>
  );
}

/** A condition in words. */
export function termLabel(term: Term, m: ReturnType<typeof useMessages>): string {
  const words = m.lists;
  const text =
    term.kind === "tag"
      ? `#${term.text}`
      : `${words.term[term.kind]} ${term.kind === "state" ? (words.state[term.text] ?? term.text) : term.text.replace("..", " – ")}`;
  return term.not ? `${words.not} ${text}` : text;
}

function SearchField({ search }: { search: ListSearch }) {
  const m = useMessages();
  const box = useRef<HTMLInputElement>(null);
  useSlash(box);
  const id = useId();
  const [at, setAt] = useState(-1);
  const [focused, setFocused] = useState(false);
  const prefix = typedTag(search.rest);
  const found = useQuery({ ...tags(prefix ?? ""), enabled: prefix !== null && focused }).data?.items ?? [];
  const list = prefix !== null && focused ? found : [];
  const choose = (name: string) => {
    const { text, not } = cutTag(search.rest);
    search.add({ kind: "tag", not, text: name }, text);
    setAt(-1);
  };
  const key = (e: KeyboardEvent) => {
    const steps: Readonly<Record<string, number>> = { ArrowDown: 1, ArrowUp: -1 };
    const step = steps[e.key];
    if (step !== undefined && list.length > 0) {
      e.preventDefault();
      setAt((at + step + list.length + (at < 0 && step < 0 ? 1 : 0)) % list.length);
    } else if (e.key === "Enter") {
      const tag = list[at];
      if (tag) choose(tag.name);
      else search.commit();
    } else if (e.key === "Escape" && search.rest !== "") {
      e.preventDefault();
      search.type("");
    }
  };
  return (
    <div className="search-box">
      <IconSearch size={15} stroke={1.6} aria-hidden />
      <input
        ref={box}
        type="search"
        className="field"
        role="combobox"
        aria-label={m.server.sets.searchLabel}
        aria-expanded={list.length > 0}
        aria-controls={`${id}-list`}
        aria-autocomplete="list"
        aria-activedescendant={at >= 0 && list[at] ? `${id}-${at}` : undefined}
        aria-keyshortcuts="/"
        value={search.rest}
        placeholder={m.lists.searchHint}
        onChange={(e) => {
          setAt(-1);
          search.type(e.currentTarget.value);
        }}
        onKeyDown={key}
        onFocus={() => setFocused(true)}
        onBlur={() => {
          setFocused(false);
          search.commit();
        }}
      />
      <kbd aria-hidden>/</kbd>
      <div
        id={`${id}-list`}
        role="listbox"
        aria-label={m.lists.tags}
        className="suggestions"
        hidden={list.length === 0}
      >
        {list.map((tag, i) => (
          // biome-ignore lint/a11y/useKeyWithClickEvents: the keys are those of the box, which keeps the focus
          <div
            key={tag.id}
            id={`${id}-${i}`}
            role="option"
            tabIndex={-1}
            aria-selected={i === at}
            onMouseDown={(e) => e.preventDefault()}
            onClick={() => choose(tag.name)}
          >
            #{tag.name}
          </div>
        ))}
      </div>
    </div>
  );
}

/** "/" goes to the search, from anywhere where nothing is typed. */
function useSlash(box: React.RefObject<HTMLInputElement | null>): void {
  useEffect(() => {
    const key = (e: globalThis.KeyboardEvent) => {
      const on = e.target instanceof HTMLElement ? e.target : null;
      if (e.key !== "/" || e.ctrlKey || e.metaKey || e.altKey) return;
      if (on && (on.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(on.tagName) || on.closest("[role=dialog]")))
        return;
      e.preventDefault();
      box.current?.focus();
      box.current?.select();
    };
    document.addEventListener("keydown", key);
    return () => document.removeEventListener("keydown", key);
  }, [box]);
}
