/** What somebody has going, and their account. */
import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import type { JobKind } from "../../api/types";
import { JOB_KINDS } from "../../api/types";
import { withWords } from "../../i18n";
import type { Search } from "./query";
import { oneOf, text } from "./query";
import { inside } from "./signedIn";

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
    withWords(["lists"], () => import("../../features/jobs/JobsPage")),
    "JobsPage",
  ),
});

const account = createRoute({
  getParentRoute: () => inside,
  path: "/account",
  // What came of going to a provider to link an account there.
  validateSearch: (s: Search): { linked?: string; not_linked?: string } => ({
    ...(text(s.linked) ? { linked: text(s.linked) } : {}),
    ...(text(s.not_linked) ? { not_linked: text(s.not_linked) } : {}),
  }),
  component: lazyRouteComponent(
    withWords(["admin", "people", "ways"], () => import("../../features/account/AccountPage")),
    "AccountPage",
  ),
});

export const ownRoutes = [jobs, account] as const;
