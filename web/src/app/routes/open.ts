/** What needs no account: the beginning, and files of this computer. */
import { createRoute, lazyRouteComponent, redirect } from "@tanstack/react-router";
import { queryClient, whoami } from "../../api/queries";
import { isOldQuery } from "../../core/permalink";
import { StartPage } from "../../features/start/StartPage";
import { withWords } from "../../i18n";
import type { Search } from "./query";
import { root } from "./root";

/** Each name once, with all that was given under it: the router would write repeated ones as JSON. */
const oldSearch = (query: URLSearchParams): URLSearchParams =>
  new URLSearchParams([...new Set(query.keys())].map((name) => [name, query.getAll(name).join(",")]));

/** The beginning: one's patients, the sign-in, or, where no server is behind the pages, a file of this computer. */
const start = createRoute({
  getParentRoute: () => root,
  path: "/",
  beforeLoad: async () => {
    const query = new URLSearchParams(window.location.search);
    const [data, analysis] = [query.get("data"), query.get("analysis")];
    if (data) throw redirect({ to: "/open", search: { data, ...(analysis ? { analysis } : {}) } });
    if (isOldQuery(query)) throw redirect({ href: `/permalink?${oldSearch(query)}` });
    const who = await queryClient.ensureQueryData({ ...whoami, retry: false }).catch(() => null);
    if (who) throw redirect(who.user ? { to: "/patients" } : { to: "/sign-in", search: {} });
  },
  component: StartPage,
});

const open = createRoute({
  getParentRoute: () => root,
  path: "/open",
  validateSearch: (s: Search): { data?: string; analysis?: string } => ({
    ...(typeof s.data === "string" ? { data: s.data } : {}),
    ...(typeof s.analysis === "string" ? { analysis: s.analysis } : {}),
  }),
  component: StartPage,
});

const workspace = lazyRouteComponent(
  withWords(["sequenceWork"], () => import("../../features/workspace/Screen")),
  "Screen",
);

/** A file of this computer: it cannot be opened again by address. */
const local = createRoute({
  getParentRoute: () => root,
  path: "/local",
  beforeLoad: ({ context }) => {
    if (!context.session.workspace.peek()) throw redirect({ to: "/open" });
  },
  component: workspace,
});

const demo = createRoute({
  getParentRoute: () => root,
  path: "/demo",
  beforeLoad: async ({ context }) => {
    if (context.session.workspace.peek()?.table.source.name !== "demo.vidjil") await context.session.openDemo();
    if (!context.session.workspace.peek()) throw redirect({ to: "/open" });
  },
  component: workspace,
});

/** A report of a file, or of a result. */
export const report = withWords(["report", "sequenceWork"], () => import("../../features/report/ReportPage"));

const localReport = createRoute({
  getParentRoute: () => root,
  path: "/local/report",
  beforeLoad: ({ context }) => {
    if (!context.session.workspace.peek()) throw redirect({ to: "/open" });
  },
  component: lazyRouteComponent(report, "LocalReport"),
});

const demoReport = createRoute({
  getParentRoute: () => root,
  path: "/demo/report",
  beforeLoad: async ({ context }) => {
    if (!context.session.workspace.peek()) await context.session.openDemo();
    if (!context.session.workspace.peek()) throw redirect({ to: "/open" });
  },
  component: lazyRouteComponent(report, "LocalReport"),
});

export const openRoutes = [start, open, local, demo, localReport, demoReport] as const;
