/**
 * Pages by address. Those of the server are behind the sign-in, in chunks of their own: who opens a file of this computer
 * loads none of them. An address is all that a page needs: it can be sent to somebody, or opened again tomorrow.
 */
import {
  createBrowserHistory,
  createRootRouteWithContext,
  createRoute,
  createRouter,
  lazyRouteComponent,
  notFound,
  Outlet,
  redirect,
} from "@tanstack/react-router";
import { BASE, inside as insideBase, outside } from "../api/base";
import { ApiError } from "../api/problem";
import { queryClient, whoami } from "../api/queries";
import type { JobKind, Kind } from "../api/types";
import { JOB_KINDS, KINDS, LOG_LEVELS, MAIL_STATES } from "../api/types";
import { isOldQuery } from "../core/permalink";
import { StartPage } from "../features/start/StartPage";
import { withWords } from "../i18n";
import { Failure } from "./Failure";
import { parseSearch, stringifySearch } from "./search";
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
  withWords(["sequenceWork"], () => import("../features/workspace/Screen")),
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

const report = withWords(["report", "sequenceWork"], () => import("../features/report/ReportPage"));

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

const password = () => import("../features/auth/Password");

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

/** A few sequences, for anybody, where the server allows it. */
const analyze = createRoute({
  getParentRoute: () => root,
  path: "/analyze",
  component: lazyRouteComponent(
    withWords(["people", "admin"], () => import("../features/analyze/AnalyzePage")),
    "AnalyzePage",
  ),
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
const lists = withWords(["lists", "transfer"], () => import("../features/sets/lists"));

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
  component: lazyRouteComponent(
    withWords(["lists"], () => import("../features/sets/NewPage")),
    "NewPage",
  ),
});

const TABS = ["samples", "quality", "contamination", "jobs", "history", "share"] as const;
export type SetTab = (typeof TABS)[number];

const set = createRoute({
  getParentRoute: () => inside,
  path: "/sets/$id",
  validateSearch: (s: Search): { tab?: SetTab; config?: number; sq?: string; sort?: string } => {
    const tab = oneOf(TABS, s.tab);
    return {
      ...(tab ? { tab } : {}),
      ...(number(s.config) ? { config: number(s.config) } : {}),
      ...(text(s.sq) ? { sq: text(s.sq) } : {}),
      ...(text(s.sort) ? { sort: text(s.sort) } : {}),
    };
  },
  component: lazyRouteComponent(
    withWords(["lists", "admin", "people"], () => import("../features/sets/SetPage")),
    "SetPage",
  ),
});

const upload = createRoute({
  getParentRoute: () => inside,
  path: "/sets/$id/upload",
  component: lazyRouteComponent(
    withWords(["lists"], () => import("../features/upload/UploadPage")),
    "UploadPage",
  ),
});

const FILTERS = ["live", "failed", "done"] as const;

const jobs = createRoute({
  getParentRoute: () => inside,
  path: "/jobs",
  validateSearch: (s: Search): { state?: (typeof FILTERS)[number]; kind?: JobKind; all?: boolean } => {
    const state = oneOf(FILTERS, s.state);
    const kind = oneOf(JOB_KINDS, s.kind);
    return { ...(state ? { state } : {}), ...(kind ? { kind } : {}), ...(s.all === true ? { all: true } : {}) };
  },
  component: lazyRouteComponent(
    withWords(["lists"], () => import("../features/jobs/JobsPage")),
    "JobsPage",
  ),
});

const trash = createRoute({
  getParentRoute: () => inside,
  path: "/trash",
  component: lazyRouteComponent(
    withWords(["lists"], () => import("../features/sets/TrashPage")),
    "TrashPage",
  ),
});
const importArchive = createRoute({
  getParentRoute: () => inside,
  path: "/import",
  validateSearch: (s: Search): { archive?: number } => (Number(s.archive) > 0 ? { archive: Number(s.archive) } : {}),
  component: lazyRouteComponent(
    withWords(["transfer"], () => import("../features/transfer/ImportPage")),
    "ImportPage",
  ),
});
const account = createRoute({
  getParentRoute: () => inside,
  path: "/account",
  component: lazyRouteComponent(
    withWords(["admin", "people"], () => import("../features/account/AccountPage")),
    "AccountPage",
  ),
});

// --- administration; some of it is for whoever looks after analyses or a group

const administration = createRoute({
  getParentRoute: () => inside,
  path: "/admin",
  component: lazyRouteComponent(
    withWords(["admin", "people"], () => import("../features/admin/Frame")),
    "Frame",
  ),
});
const adminServer = createRoute({
  getParentRoute: () => administration,
  path: "/",
  component: lazyRouteComponent(
    withWords(["admin", "people", "lists"], () => import("../features/admin/ServerPage")),
    "ServerPage",
  ),
});
const adminUsers = createRoute({
  getParentRoute: () => administration,
  path: "/users",
  validateSearch: listSearch,
  component: lazyRouteComponent(
    withWords(["admin", "people"], () => import("../features/admin/UsersPage")),
    "UsersPage",
  ),
});
const adminNewUser = createRoute({
  getParentRoute: () => administration,
  path: "/users/new",
  component: lazyRouteComponent(
    withWords(["admin", "people"], () => import("../features/admin/NewUserPage")),
    "NewUserPage",
  ),
});
const adminUser = createRoute({
  getParentRoute: () => administration,
  path: "/users/$id",
  component: lazyRouteComponent(
    withWords(["admin", "people"], () => import("../features/admin/UserPage")),
    "UserPage",
  ),
});
const RIGHTS = ["set", "config", "preprocess", "group"] as const;
const adminGroups = createRoute({
  getParentRoute: () => administration,
  path: "/groups",
  validateSearch: (s: Search): { rights?: (typeof RIGHTS)[number]; personal?: boolean } => {
    const rights = oneOf(RIGHTS, s.rights);
    return { ...(rights ? { rights } : {}), ...(s.personal === true ? { personal: true } : {}) };
  },
  component: lazyRouteComponent(
    withWords(["admin", "people"], () => import("../features/admin/GroupsPage")),
    "GroupsPage",
  ),
});
const adminGroup = createRoute({
  getParentRoute: () => administration,
  path: "/groups/$id",
  component: lazyRouteComponent(
    withWords(["admin", "people"], () => import("../features/admin/GroupPage")),
    "GroupPage",
  ),
});
const adminConfigs = createRoute({
  getParentRoute: () => administration,
  path: "/configs",
  validateSearch: (s: Search): { archived?: boolean } => (s.archived === true ? { archived: true } : {}),
  component: lazyRouteComponent(
    withWords(["admin", "people"], () => import("../features/admin/ConfigsPage")),
    "ConfigsPage",
  ),
});
const adminNewConfig = createRoute({
  getParentRoute: () => administration,
  path: "/configs/new",
  component: lazyRouteComponent(
    withWords(["admin", "people"], () => import("../features/admin/NewConfigPage")),
    "NewConfigPage",
  ),
});
const adminImportConfig = createRoute({
  getParentRoute: () => administration,
  path: "/configs/import",
  component: lazyRouteComponent(
    withWords(["admin", "people"], () => import("../features/admin/ImportConfigPage")),
    "ImportConfigPage",
  ),
});
const CONFIG_PARTS = ["options", "revisions", "share", "use"] as const;
const adminConfig = createRoute({
  getParentRoute: () => administration,
  path: "/configs/$id",
  validateSearch: (s: Search): { part?: (typeof CONFIG_PARTS)[number] } => {
    const part = oneOf(CONFIG_PARTS, s.part);
    return part ? { part } : {};
  },
  component: lazyRouteComponent(
    withWords(["admin", "people"], () => import("../features/admin/ConfigPage")),
    "ConfigPage",
  ),
});
/** The thing that a dialog over a list is about; 0 is a new one. */
const editSearch = (s: Search): { edit?: number } =>
  Number.isSafeInteger(s.edit) && Number(s.edit) >= 0 ? { edit: Number(s.edit) } : {};
const adminPreProcesses = createRoute({
  getParentRoute: () => administration,
  path: "/pre-processes",
  validateSearch: editSearch,
  component: lazyRouteComponent(
    withWords(["admin", "people"], () => import("../features/admin/PreProcessesPage")),
    "PreProcessesPage",
  ),
});
const adminNotifications = createRoute({
  getParentRoute: () => administration,
  path: "/notifications",
  validateSearch: editSearch,
  component: lazyRouteComponent(
    withWords(["admin", "people"], () => import("../features/admin/NotificationsPage")),
    "NotificationsPage",
  ),
});
interface AuditSearch {
  user?: number;
  object?: string;
  id?: number;
  action?: string;
  from?: string;
  to?: string;
}
const adminAudit = createRoute({
  getParentRoute: () => administration,
  path: "/audit",
  validateSearch: (s: Search): AuditSearch => ({
    ...(number(s.user) ? { user: number(s.user) } : {}),
    ...(text(s.object) && number(s.id) ? { object: text(s.object), id: number(s.id) } : {}),
    ...(text(s.action) ? { action: text(s.action) } : {}),
    ...(text(s.from) ? { from: text(s.from) } : {}),
    ...(text(s.to) ? { to: text(s.to) } : {}),
  }),
  component: lazyRouteComponent(
    withWords(["admin", "people"], () => import("../features/admin/AuditPage")),
    "AuditPage",
  ),
});

const adminMails = createRoute({
  getParentRoute: () => administration,
  path: "/mails",
  validateSearch: (s: Search): { state?: (typeof MAIL_STATES)[number] } => {
    const state = oneOf(MAIL_STATES, s.state);
    return state ? { state } : {};
  },
  component: lazyRouteComponent(
    withWords(["admin", "people"], () => import("../features/admin/MailsPage")),
    "MailsPage",
  ),
});
const adminUsage = createRoute({
  getParentRoute: () => administration,
  path: "/usage",
  validateSearch: (s: Search): { of?: "groups" } => (s.of === "groups" ? { of: "groups" } : {}),
  component: lazyRouteComponent(
    withWords(["admin", "people"], () => import("../features/admin/UsagePage")),
    "UsagePage",
  ),
});
const adminRetention = createRoute({
  getParentRoute: () => administration,
  path: "/retention",
  validateSearch: (s: Search): { days?: number } => (number(s.days) ? { days: number(s.days) } : {}),
  component: lazyRouteComponent(
    withWords(["admin", "people"], () => import("../features/admin/RetentionPage")),
    "RetentionPage",
  ),
});
const adminLog = createRoute({
  getParentRoute: () => administration,
  path: "/log",
  validateSearch: (s: Search): { level?: (typeof LOG_LEVELS)[number]; q?: string } => {
    const level = oneOf(LOG_LEVELS, s.level);
    return { ...(level ? { level } : {}), ...(text(s.q) ? { q: text(s.q) } : {}) };
  },
  component: lazyRouteComponent(
    withWords(["admin", "people"], () => import("../features/admin/LogPage")),
    "LogPage",
  ),
});

/** The workspace takes the whole window: it stands beside the shell, not in it. */
const wide = createRoute({
  getParentRoute: () => root,
  id: "result",
  beforeLoad: known,
  component: lazyRouteComponent(() => import("../features/server/Acting"), "Wide"),
});
const result = createRoute({
  getParentRoute: () => wide,
  path: "/a/$result",
  component: lazyRouteComponent(
    withWords(["sequenceWork"], () => import("../features/result/ResultPage")),
    "ResultPage",
  ),
});
/** Chosen samples side by side, named by the address alone, as 3-12_15_20: the query is the workspace's. */
const compare = createRoute({
  getParentRoute: () => wide,
  path: "/compare/$of",
  component: lazyRouteComponent(
    withWords(["lists", "sequenceWork"], () => import("../features/sets/ComparePage")),
    "ComparePage",
  ),
});
const resultReport = createRoute({
  getParentRoute: () => wide,
  path: "/a/$result/report",
  component: lazyRouteComponent(report, "ServerReport"),
});

/** Each name once, with all that was given under it: the router would write repeated ones as JSON. */
const oldSearch = (query: URLSearchParams): URLSearchParams =>
  new URLSearchParams([...new Set(query.keys())].map((name) => [name, query.getAll(name).join(",")]));

const oldLink = () => import("../features/start/OldLink");

/** Addresses of the original's client. */
const permalink = createRoute({
  getParentRoute: () => wide,
  path: "/permalink",
  component: lazyRouteComponent(oldLink, "OldLink"),
});
const setAndConfig = createRoute({
  getParentRoute: () => wide,
  path: "/$numbers",
  beforeLoad: ({ params }) => {
    if (!/^\d+-\d+$/.test(params.numbers)) throw notFound();
  },
  component: lazyRouteComponent(oldLink, "OldLink"),
});

const tree = root.addChildren([
  start,
  open,
  local,
  localReport,
  demo,
  demoReport,
  signIn,
  setup,
  welcome,
  reset,
  forgot,
  analyze,
  inside.addChildren([
    patients,
    runs,
    sets,
    create,
    set,
    upload,
    jobs,
    trash,
    importArchive,
    account,
    administration.addChildren([
      adminServer,
      adminUsers,
      adminNewUser,
      adminUser,
      adminGroups,
      adminGroup,
      adminConfigs,
      adminNewConfig,
      adminImportConfig,
      adminConfig,
      adminPreProcesses,
      adminNotifications,
      adminAudit,
      adminMails,
      adminUsage,
      adminRetention,
      adminLog,
    ]),
  ]),
  wide.addChildren([compare, resultReport, permalink, setAndConfig, result]),
]);

/** Addresses of the browser, whose path is longer than ours below another one. */
function history() {
  return createBrowserHistory({
    createHref: (address) => outside(address),
    parseLocation: () => {
      const { search, hash } = window.location;
      const pathname = insideBase(window.location.pathname);
      return { href: `${pathname}${search}${hash}`, pathname, search, hash, state: window.history.state };
    },
  });
}

export function makeRouter(session: Session) {
  const router = createRouter({
    routeTree: tree,
    ...(BASE === "" ? {} : { history: history() }),
    context: { session },
    parseSearch,
    stringifySearch,
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
