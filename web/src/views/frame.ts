/** One animation frame for all pictures of a page. */
const dirty = new Set<() => void>();
let frame = 0;

/** Asks for work to be done in the next frame; asking twice is asking once. */
export function request(paint: () => void): void {
  dirty.add(paint);
  if (frame !== 0) return;
  frame = requestAnimationFrame(() => {
    frame = 0;
    const work = [...dirty];
    dirty.clear();
    for (const each of work) each();
  });
}
