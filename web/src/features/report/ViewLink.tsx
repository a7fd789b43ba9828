import { useRouter } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { outside } from "../../api/base";

/**
 * A link whose query is the workspace's own text: the router would read its values as JSON and write them otherwise.
 * `href` is an address of the router, `state` goes along in this tab only.
 */
export function ViewLink({
  href,
  state,
  className,
  children,
}: {
  href: () => string;
  state?: () => Readonly<Record<string, unknown>>;
  className: string;
  children: ReactNode;
}) {
  const { history } = useRouter();
  return (
    <a
      href={outside(href())}
      className={className}
      style={{ textDecoration: "none" }}
      // Where it leads is known when it is followed: the workspace changes without this being drawn again.
      onPointerEnter={(e) => {
        e.currentTarget.href = outside(href());
      }}
      onFocus={(e) => {
        e.currentTarget.href = outside(href());
      }}
      onClick={(e) => {
        if (e.button !== 0 || e.ctrlKey || e.metaKey || e.shiftKey || e.altKey) return;
        e.preventDefault();
        history.push(href(), state?.());
      }}
    >
      {children}
    </a>
  );
}
