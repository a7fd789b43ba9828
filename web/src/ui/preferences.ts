/** What a person prefers on this computer: language, light or dark, panels. Kept in the browser, never data. */
import { signal } from "@preact/signals-core";
import { messages, speak } from "../i18n";
import type { Scheme } from "../views/theme";
import { themeOf } from "../views/theme";

const KEY = "vidjil.preferences";

interface Saved {
  scheme?: Scheme;
  locale?: string;
}

function read(): Saved {
  try {
    const value: unknown = JSON.parse(localStorage.getItem(KEY) ?? "{}");
    return typeof value === "object" && value !== null ? (value as Saved) : {};
  } catch {
    return {}; // private windows may refuse storage
  }
}

function save(change: Saved): void {
  try {
    localStorage.setItem(KEY, JSON.stringify({ ...read(), ...change }));
  } catch {
    // the preference then lasts as long as the page
  }
}

export const theme = signal(themeOf("light"));

/** Puts the colours of a scheme where style sheets and pictures find them. */
export function setScheme(scheme: Scheme, remember = true): void {
  theme.value = themeOf(scheme);
  const root = document.documentElement;
  for (const [name, value] of Object.entries(theme.value)) root.style.setProperty(`--${name}`, value);
  root.dataset.mantineColorScheme = scheme;
  root.style.colorScheme = scheme;
  if (remember) save({ scheme });
}

export async function setLocale(locale: string, remember = true): Promise<void> {
  if (remember) save({ locale });
  await speak(locale);
  document.documentElement.lang = messages.peek().locale;
}

/** At the start of a page: what was chosen, else what the system says. */
export async function startPreferences(): Promise<void> {
  const saved = read();
  setScheme(saved.scheme ?? (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light"), false);
  await setLocale(saved.locale ?? navigator.language, false);
}
