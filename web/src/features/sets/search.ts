/** The search of a list as people see it: tags as chips, the rest as text. The server gets both as one. */

const isTag = (word: string): boolean => /^#[\p{L}\p{N}_-]+$/u.test(word);

export function splitSearch(q: string): { tags: string[]; rest: string } {
  const words = q.split(/\s+/).filter(Boolean);
  return { tags: words.filter(isTag).map((w) => w.slice(1)), rest: words.filter((w) => !isTag(w)).join(" ") };
}

export const joinSearch = (tags: readonly string[], rest: string): string =>
  [...tags.map((t) => `#${t}`), rest.trim()].filter(Boolean).join(" ");
