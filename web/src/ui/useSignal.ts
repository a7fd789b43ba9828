/** Joins the core's signals with React: seven lines, so that the framework stays replaceable. */
import type { ReadonlySignal } from "@preact/signals-core";
import { effect } from "@preact/signals-core";
import { useCallback, useSyncExternalStore } from "react";

export function useSignal<T>(source: ReadonlySignal<T>): T {
  const subscribe = useCallback(
    (notify: () => void) =>
      effect(() => {
        source.value;
        notify();
      }),
    [source],
  );
  return useSyncExternalStore(subscribe, () => source.peek());
}
