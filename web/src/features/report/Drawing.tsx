import { useLayoutEffect, useRef } from "react";

/** A drawing of ours in the page. It is parsed as a document of its own first: text in it never becomes markup. */
export function Drawing({ svg }: { svg: string }) {
  const place = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    const parsed = new DOMParser().parseFromString(svg, "image/svg+xml").documentElement;
    place.current?.replaceChildren(document.importNode(parsed, true));
  }, [svg]);
  return <div ref={place} className="paper-drawing" />;
}
