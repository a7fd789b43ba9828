/** The ways to an account, and what the server does for those who have none. */
import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { withWords } from "../../i18n";
import type { Search } from "./query";
import { root } from "./root";

const password = () => import("../../features/auth/Password");

/** Only addresses of this site: a link must not lead elsewhere after the sign-in. */
const ownAddress = (v: unknown): v is string => typeof v === "string" && /^\/(?![/\\])/.test(v);

const signIn = createRoute({
  getParentRoute: () => root,
  path: "/sign-in",
  validateSearch: (s: Search): { next?: string; failed?: string; confirm?: true } => ({
    ...(ownAddress(s.next) ? { next: s.next } : {}),
    // The words with which the server sends back who comes from a provider.
    ...(typeof s.failed === "string" ? { failed: s.failed } : {}),
    ...(s.confirm ? { confirm: true as const } : {}),
  }),
  component: lazyRouteComponent(() => import("../../features/auth/SignIn"), "SignIn"),
});
const setup = createRoute({
  getParentRoute: () => root,
  path: "/setup",
  component: lazyRouteComponent(password, "Setup"),
});
const welcome = createRoute({
  getParentRoute: () => root,
  path: "/welcome",
  component: lazyRouteComponent(password, "Welcome"),
});
const reset = createRoute({
  getParentRoute: () => root,
  path: "/password",
  component: lazyRouteComponent(password, "Reset"),
});
const forgot = createRoute({
  getParentRoute: () => root,
  path: "/forgot",
  component: lazyRouteComponent(password, "Forgot"),
});

/** A few sequences, for anybody, where the server allows it. */
const analyze = createRoute({
  getParentRoute: () => root,
  path: "/analyze",
  component: lazyRouteComponent(
    withWords(["people", "admin"], () => import("../../features/analyze/AnalyzePage")),
    "AnalyzePage",
  ),
});

export const authRoutes = [signIn, setup, welcome, reset, forgot, analyze] as const;
