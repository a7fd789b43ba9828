/** The messages of the page's language. Pictures and components read the same signal. */
import type { ReadonlySignal } from "@preact/signals-core";
import { computed, signal } from "@preact/signals-core";
import type { Area, Areas } from "./areas";
import type { FirstMessages, Messages } from "./en";
import { en } from "./en";

export type { Messages } from "./en";

interface Language {
  readonly locale: string;
  readonly language: string;
  first(): Promise<FirstMessages>;
  readonly areas: { readonly [A in Area]: () => Promise<Areas[A]> };
}

/** English comes with the page; the rest is read when somebody speaks it, or opens what it is for. */
const FILES: readonly [Language, ...Language[]] = [
  {
    locale: en.locale,
    language: en.language,
    first: () => Promise.resolve(en),
    areas: {
      admin: () => import("./admin.en").then((m) => m.adminEn),
      lists: () => import("./lists.en").then((m) => m.listsEn),
      people: () => import("./people.en").then((m) => m.peopleEn),
      report: () => import("./report.en").then((m) => m.reportEn),
      sequenceWork: () => import("./sequences.en").then((m) => m.sequencesEn),
      transfer: () => import("./transfer.en").then((m) => m.transferEn),
      ways: () => import("./ways.en").then((m) => m.waysEn),
    },
  },
  {
    locale: "fr",
    language: "Français",
    first: () => import("./fr").then((m) => m.fr),
    areas: {
      admin: () => import("./admin.fr").then((m) => m.adminFr),
      lists: () => import("./lists.fr").then((m) => m.listsFr),
      people: () => import("./people.fr").then((m) => m.peopleFr),
      report: () => import("./report.fr").then((m) => m.reportFr),
      sequenceWork: () => import("./sequences.fr").then((m) => m.sequencesFr),
      transfer: () => import("./transfer.fr").then((m) => m.transferFr),
      ways: () => import("./ways.fr").then((m) => m.waysFr),
    },
  },
];

export const LANGUAGES: readonly { readonly locale: string; readonly language: string }[] = FILES;

/** Areas are there once they were needed: a page is not drawn before (withWords), so that everybody may rely on them. */
const language = signal<Messages>(en as Messages);

/** The language that was asked for last, whose files may not have come. */
let wanted = FILES[0];
const needed = new Set<Area>();

/** Messages as they are written, without the names that people gave to tags. */
export const usual: ReadonlySignal<Messages> = language;

/** What people call tags in the open result, by the tag's id. */
export const tagNames = signal<ReadonlyMap<string, string>>(new Map());

/** With the names of tags that people gave: plots, lists and reports all say the same. */
export const messages = computed<Messages>(() => {
  const m = language.value;
  return tagNames.value.size === 0 ? m : { ...m, tag: { ...m.tag, ...Object.fromEntries(tagNames.value) } };
});

/** Reads what is needed in the language that is wanted, both as they are when everything has come. */
async function settle(): Promise<void> {
  for (;;) {
    const [file, areas] = [wanted, [...needed]];
    const [first, ...parts] = await Promise.all([
      file.first(),
      ...areas.map(async (area) => [area, await file.areas[area]()] as const),
    ]);
    if (file !== wanted || areas.length !== needed.size) continue;
    language.value = { ...first, ...Object.fromEntries(parts) } as Messages;
    return;
  }
}

/** The messages of an area, in the page's language and in each that it changes to. */
export async function need(...areas: readonly Area[]): Promise<void> {
  if (areas.every((area) => needed.has(area) && language.peek()[area])) return;
  const added = areas.filter((area) => !needed.has(area));
  for (const area of added) needed.add(area);
  try {
    await settle();
  } catch (cause) {
    // Another page must not wait for what did not come for this one.
    for (const area of added) needed.delete(area);
    throw cause;
  }
}

/** A part of the program that is read when it is opened, with its words. */
export function withWords<T>(areas: readonly Area[], load: () => Promise<T>): () => Promise<T> {
  return async () => {
    const [part] = await Promise.all([load(), need(...areas)]);
    return part;
  };
}

/**
 * Makes a language that of the page; English for one that is not there. The page keeps its language when its files do not
 * come. The one that is asked for last counts.
 */
export async function speak(locale: string): Promise<void> {
  const file = FILES.find((f) => locale.toLowerCase().startsWith(f.locale)) ?? FILES[0];
  wanted = file;
  try {
    await settle();
  } catch {
    if (wanted === file) wanted = FILES.find((f) => f.locale === language.peek().locale) ?? FILES[0];
  }
}
