/** The messages of the page's language. Pictures and components read the same signal. */
import { signal } from "@preact/signals-core";
import type { Messages } from "./en";
import { en } from "./en";
import { fr } from "./fr";

export type { Messages } from "./en";

export const LANGUAGES: readonly Messages[] = [en, fr];

export function messagesFor(locale: string): Messages {
  return LANGUAGES.find((m) => locale.toLowerCase().startsWith(m.locale)) ?? en;
}

export const messages = signal<Messages>(en);
