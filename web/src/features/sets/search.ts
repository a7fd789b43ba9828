/**
 * The search of a list as people see it: conditions as chips, the rest as text. The server gets both as one line, whose
 * grammar is that of docs/user/search.md; what is not special there is a word here as well.
 */

export const TERM_KINDS = ["tag", "group", "state", "config", "id", "created", "changed", "date"] as const;
export type TermKind = (typeof TERM_KINDS)[number];

export interface Term {
  readonly kind: TermKind;
  readonly not: boolean;
  readonly text: string;
}

export interface Search {
  readonly terms: readonly Term[];
  readonly rest: string;
}

export const STATES = ["running", "failed", "done", "missing"] as const;

const TOKEN = /(-?)(?:(tag|group|state|config|id|created|changed|date):("[^"]*"?|\S+)|#([^\s"]+))|"[^"]*"?|\S+/giu;

const plain = (text: string): string => text.replaceAll('"', "").replace(/^#/, "");

/** Conditions with the words between them. A minus or NOT before a word stays with the word. */
export function parseSearch(q: string): Search {
  const terms: Term[] = [];
  const rest: string[] = [];
  let not = false;
  const words = () => {
    if (not) rest.push("NOT");
    not = false;
  };
  for (const [raw, minus, field, value, tag] of q.matchAll(TOKEN)) {
    const text = plain(tag ?? value ?? "");
    if (raw === "NOT") not = !not;
    else if (text === "") {
      words();
      rest.push(raw);
    } else {
      terms.push({ kind: (field?.toLowerCase() ?? "tag") as TermKind, not: not !== (minus === "-"), text });
      not = false;
    }
  }
  words();
  return { terms, rest: rest.join(" ") };
}

/** A condition as one types it. */
export function termText({ kind, not, text }: Term): string {
  const value = /\s/.test(text) ? `"${text}"` : text;
  return `${not ? "-" : ""}${kind === "tag" && !/\s/.test(text) ? "#" : `${kind}:`}${value}`;
}

export const writeSearch = (terms: readonly Term[], rest: string): string =>
  [...terms.map(termText), rest.trim()].filter(Boolean).join(" ");

export const sameTerm = (a: Term, b: Term): boolean => termText(a) === termText(b);

/** The tag that is being typed at the end of a text, without its mark; null when none is. */
export const typedTag = (text: string): string | null => /(?:^|\s)-?#([\p{L}\p{N}_-]*)$/u.exec(text)?.[1] ?? null;

/** The text without the tag that was being typed, and whether it was to be left out. */
export function cutTag(text: string): { readonly text: string; readonly not: boolean } {
  const found = /(?:^|\s)(-?)#[\p{L}\p{N}_-]*$/u.exec(text);
  return { text: text.slice(0, found?.index ?? text.length).trimEnd(), not: found?.[1] === "-" };
}

/** A span of days as a condition has it; "" when both ends are open. */
export const spanText = (from: string, to: string): string =>
  from === "" && to === "" ? "" : from === to ? from : `${from}..${to}`;
