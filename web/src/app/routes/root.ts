import { createRootRouteWithContext, lazyRouteComponent, Outlet } from "@tanstack/react-router";
import { Failure } from "../Failure";
import type { Session } from "../session";

interface Context {
  readonly session: Session;
}

export const root = createRootRouteWithContext<Context>()({
  component: Outlet,
  errorComponent: Failure,
  notFoundComponent: lazyRouteComponent(() => import("../../features/server/Shell"), "NotFound"),
});
