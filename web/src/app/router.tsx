/**
 * Pages by address. Those of the server are behind the sign-in, in chunks of their own: who opens a file of this computer
 * loads none of them. An address is all that a page needs: it can be sent to somebody, or opened again tomorrow.
 */
import {
  createRootRouteWithContext,
  createRoute,
  createRouter,
  lazyRouteComponent,
  Outlet,
  redirect,
} from "@tanstack/react-router";
import { ApiError } from "../api/problem";
import { queryClient, whoami } from "../api/queries";
import type { Kind } from "../api/types";
import { KINDS } from "../api/types";
import { StartPage } from "../features/start/StartPage";
import { Failure } from "./Failure";
import type { Session } from "./session";

interface Context {
  readonly session: Session;
}

type Search = Record<string, unknown>;

const root = createRootRouteWithContext<Context>()({
  component: Outlet,
  errorComponent: Failure,
  notFoundComponent: lazyRouteComponent(() => import("../features/server/Shell"), "NotFound"),
});

// --- without an account

/** The beginning: one's patients, the sign-in, or, where no server is behind the pages, a file of this computer. */
const start = createRoute({
  getParentRoute: () => root,
  path: "/",
  beforeLoad: async () => {
    const who = await queryClient.ensureQueryData({ ...whoami, retry: false }).catch(() => null);
    if (who) throw redirect(who.user ? { to: "/patients" } : { to: "/sign-in", search: {} });
  },
  component: StartPage,
});

const open = createRoute({ getParentRoute: () => root, path: "/open", component: StartPage });

const workspace = lazyRouteComponent(() => import("../features/workspace/Screen"), "Screen");

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

const password = () => import("../features/auth/Password");

/** Only addresses of this site: a link must not lead elsewhere after the sign-in. */
const ownAddress = (v: unknown): v is string => typeof v === "string" && /^\/(?![/\\])/.test(v);

const signIn = createRoute({
  getParentRoute: () => root,
  path: "/sign-in",
  validateSearch: (s: Search): { next?: string } => (ownAddress(s.next) ? { next: s.next } : {}),
  component: lazyRouteComponent(() => import("../features/auth/SignIn"), "SignIn"),
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

// --- signed in

async function known({ location }: { location: { href: string } }): Promise<void> {
  const who = await queryClient.ensureQueryData(whoami);
  if (!who.user) throw redirect({ to: "/sign-in", search: { next: location.href } });
}

const inside = createRoute({
  getParentRoute: () => root,
  id: "in",
  beforeLoad: known,
  component: lazyRouteComponent(() => import("../features/server/Shell"), "Shell"),
});

const text = (v: unknown): string => (typeof v === "string" ? v : typeof v === "number" ? String(v) : "");
const number = (v: unknown): number => (Number.isSafeInteger(Number(v)) && Number(v) > 0 ? Number(v) : 0);
const oneOf = <T extends string>(list: readonly T[], v: unknown): T | undefined => list.find((each) => each === v);

const listSearch = (s: Search): { q?: string; sort?: string } => ({
  ...(text(s.q) ? { q: text(s.q) } : {}),
  ...(text(s.sort) ? { sort: text(s.sort) } : {}),
});
const lists = () => import("../features/sets/lists");

const patients = createRoute({
  getParentRoute: () => inside,
  path: "/patients",
  validateSearch: listSearch,
  component: lazyRouteComponent(lists, "Patients"),
});
const runs = createRoute({
  getParentRoute: () => inside,
  path: "/runs",
  validateSearch: listSearch,
  component: lazyRouteComponent(lists, "Runs"),
});
const sets = createRoute({
  getParentRoute: () => inside,
  path: "/sets",
  validateSearch: listSearch,
  component: lazyRouteComponent(lists, "Sets"),
});

const create = createRoute({
  getParentRoute: () => inside,
  path: "/new",
  validateSearch: (s: Search): { kind: Kind } => ({ kind: oneOf(KINDS, s.kind) ?? "patient" }),
  component: lazyRouteComponent(() => import("../features/sets/NewPage"), "NewPage"),
});

const TABS = ["samples", "quality", "jobs", "share"] as const;
export type SetTab = (typeof TABS)[number];

const set = createRoute({
  getParentRoute: () => inside,
  path: "/sets/$id",
  validateSearch: (s: Search): { tab?: SetTab; config?: number } => {
    const tab = oneOf(TABS, s.tab);
    return { ...(tab ? { tab } : {}), ...(number(s.config) ? { config: number(s.config) } : {}) };
  },
  component: lazyRouteComponent(() => import("../features/sets/SetPage"), "SetPage"),
});

const upload = createRoute({
  getParentRoute: () => inside,
  path: "/sets/$id/upload",
  component: lazyRouteComponent(() => import("../features/upload/UploadPage"), "UploadPage"),
});

const FILTERS = ["live", "failed", "done"] as const;

const jobs = createRoute({
  getParentRoute: () => inside,
  path: "/jobs",
  validateSearch: (s: Search): { state?: (typeof FILTERS)[number]; all?: boolean } => {
    const state = oneOf(FILTERS, s.state);
    return { ...(state ? { state } : {}), ...(s.all === true ? { all: true } : {}) };
  },
  component: lazyRouteComponent(() => import("../features/jobs/JobsPage"), "JobsPage"),
});

const trash = createRoute({
  getParentRoute: () => inside,
  path: "/trash",
  component: lazyRouteComponent(() => import("../features/sets/TrashPage"), "TrashPage"),
});
const account = createRoute({
  getParentRoute: () => inside,
  path: "/account",
  component: lazyRouteComponent(() => import("../features/account/AccountPage"), "AccountPage"),
});

/** The workspace takes the whole window: it stands beside the shell, not in it. */
const wide = createRoute({ getParentRoute: () => root, id: "result", beforeLoad: known, component: Outlet });
const result = createRoute({
  getParentRoute: () => wide,
  path: "/a/$result",
  component: lazyRouteComponent(() => import("../features/result/ResultPage"), "ResultPage"),
});

const tree = root.addChildren([
  start,
  open,
  local,
  demo,
  signIn,
  setup,
  welcome,
  reset,
  forgot,
  inside.addChildren([patients, runs, sets, create, set, upload, jobs, trash, account]),
  wide.addChildren([result]),
]);

export function makeRouter(session: Session) {
  const router = createRouter({
    routeTree: tree,
    context: { session },
    defaultPreload: false,
    defaultErrorComponent: Failure,
  });
  // A session that has ended is noticed by whatever is asked next. What was typed is kept as a draft.
  queryClient.getQueryCache().subscribe((event) => {
    if (event.type !== "updated" || event.action.type !== "error") return;
    const { error } = event.action as { error?: unknown };
    const { pathname, href } = router.state.location;
    if (!(error instanceof ApiError) || error.status !== 401 || pathname === "/sign-in") return;
    queryClient.removeQueries({ queryKey: whoami.queryKey });
    void router.navigate({ to: "/sign-in", search: { next: href } });
  });
  return router;
}

declare module "@tanstack/react-router" {
  interface Register {
    router: ReturnType<typeof makeRouter>;
  }
}
