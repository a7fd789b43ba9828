import { errorText } from "../server/parts";

export interface Outcome<T> {
  readonly done: readonly T[];
  readonly refused: readonly { readonly item: T; readonly reason: string }[];
}

/** Requests on their way at the same time. */
const AT_ONCE = 4;

/** Does the same with many things. One that is refused does not stop the others. */
export async function each<T>(items: readonly T[], act: (item: T) => Promise<unknown>): Promise<Outcome<T>> {
  const done: T[] = [];
  const refused: { item: T; reason: string }[] = [];
  for (let at = 0; at < items.length; at += AT_ONCE) {
    const part = items.slice(at, at + AT_ONCE);
    const settled = await Promise.allSettled(part.map(act));
    settled.forEach((s, i) => {
      const item = part[i] as T;
      if (s.status === "fulfilled") done.push(item);
      else refused.push({ item, reason: errorText(s.reason, "…") });
    });
  }
  return { done, refused };
}

/** What was done, and what was not, with the reason. */
export const told = (outcome: Outcome<{ readonly title: string }>, text: string): string =>
  [text, ...outcome.refused.map(({ item, reason }) => `${item.title}: ${reason}`)].join(" · ");
