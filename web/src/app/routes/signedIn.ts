/** Who is not known here goes to the sign-in first, and from there to where they wanted to be. */
import { createRoute, lazyRouteComponent, redirect } from "@tanstack/react-router";
import { queryClient, whoami } from "../../api/queries";
import { root } from "./root";

async function known({ location }: { location: { href: string } }): Promise<void> {
  const who = await queryClient.ensureQueryData(whoami);
  if (!who.user) throw redirect({ to: "/sign-in", search: { next: location.href } });
}

export const inside = createRoute({
  getParentRoute: () => root,
  id: "in",
  beforeLoad: known,
  component: lazyRouteComponent(() => import("../../features/server/Shell"), "Shell"),
});

/** The workspace takes the whole window: it stands beside the shell, not in it. */
export const wide = createRoute({
  getParentRoute: () => root,
  id: "result",
  beforeLoad: known,
  component: lazyRouteComponent(() => import("../../features/server/Acting"), "Wide"),
});
