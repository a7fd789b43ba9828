import type { ReadonlySignal } from "@preact/signals-core";
import { computed } from "@preact/signals-core";

/** What a computation gives, the old value as long as it is equal: what depends on it then stands still. */
export function steady<T>(of: () => T, equal: (a: T, b: T) => boolean): ReadonlySignal<T> {
  let last: { readonly value: T } | undefined;
  return computed(() => {
    const next = of();
    if (last === undefined || !equal(last.value, next)) last = { value: next };
    return last.value;
  });
}
