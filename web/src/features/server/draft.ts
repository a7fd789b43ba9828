/** What somebody typed and did not send yet, kept for this tab: a page that is left, reloaded or signed out loses nothing. */
import { useCallback, useState } from "react";

const name = (key: string) => `vidjil.draft.${key}`;

export function readDraft<T>(key: string, check: (value: unknown) => value is T): T | null {
  try {
    const value: unknown = JSON.parse(sessionStorage.getItem(name(key)) ?? "null");
    return check(value) ? value : null;
  } catch {
    return null;
  }
}

export function useDraft<T>(key: string, initial: T, check: (value: unknown) => value is T) {
  const [found] = useState(() => readDraft(key, check));
  const [value, setValue] = useState<T>(found ?? initial);
  const change = useCallback(
    (next: T) => {
      setValue(next);
      try {
        sessionStorage.setItem(name(key), JSON.stringify(next));
      } catch {
        // it then lasts as long as the page
      }
    },
    [key],
  );
  const clear = useCallback(
    (next: T) => {
      setValue(next);
      forget(key);
    },
    [key],
  );
  return { value, change, clear, restored: found !== null };
}

export function forget(key: string): void {
  try {
    sessionStorage.removeItem(name(key));
  } catch {
    // nothing was kept
  }
}

/** At sign-out: drafts may name patients, and the next person at this computer is another. */
export function forgetAll(): void {
  try {
    for (const key of Object.keys(sessionStorage)) if (key.startsWith("vidjil.draft.")) sessionStorage.removeItem(key);
  } catch {
    // nothing was kept
  }
}
