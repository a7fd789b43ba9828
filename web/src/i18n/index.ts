/** The messages of the page's language. Pictures and components read the same signal. */
import type { ReadonlySignal } from "@preact/signals-core";
import { computed, signal } from "@preact/signals-core";
import type { Messages } from "./en";
import { en } from "./en";

export type { Messages } from "./en";

/** English comes with the page; another language is a file that is read when somebody speaks it. */
const FILES: readonly { readonly locale: string; readonly language: string; load(): Promise<Messages> }[] = [
  { locale: en.locale, language: en.language, load: () => Promise.resolve(en) },
  { locale: "fr", language: "Français", load: () => import("./fr").then((m) => m.fr) },
];

export const LANGUAGES: readonly { readonly locale: string; readonly language: string }[] = FILES;

const language = signal<Messages>(en);

/** The language that was asked for last, whose file may not have come. */
const wanted = signal(FILES[0]);

/** Messages as they are written, without the names that people gave to tags. */
export const usual: ReadonlySignal<Messages> = language;

/** What people call tags in the open result, by the tag's id. */
export const tagNames = signal<ReadonlyMap<string, string>>(new Map());

/** With the names of tags that people gave: plots, lists and reports all say the same. */
export const messages = computed<Messages>(() => {
  const m = language.value;
  return tagNames.value.size === 0 ? m : { ...m, tag: { ...m.tag, ...Object.fromEntries(tagNames.value) } };
});

/**
 * Makes a language that of the page; English for one that is not there. The page keeps its language when the file does not
 * come. The one that is asked for last counts.
 */
export async function speak(locale: string): Promise<void> {
  const file = FILES.find((f) => locale.toLowerCase().startsWith(f.locale)) ?? FILES[0];
  wanted.value = file;
  const m = await file?.load().catch(() => null);
  if (m && wanted.peek() === file) language.value = m;
}
