/** Patients, runs and sets: lists, their pages, what comes in, what was thrown away. */
import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import type { Kind } from "../../api/types";
import { KINDS } from "../../api/types";
import { withWords } from "../../i18n";
import type { Search } from "./query";
import { listSearch, number, oneOf, text } from "./query";
import { inside } from "./signedIn";

const lists = withWords(["lists", "transfer"], () => import("../../features/sets/lists"));

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
    withWords(["lists"], () => import("../../features/sets/NewPage")),
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
    withWords(["lists", "admin", "people", "transfer"], () => import("../../features/sets/SetPage")),
    "SetPage",
  ),
});

const upload = createRoute({
  getParentRoute: () => inside,
  path: "/sets/$id/upload",
  component: lazyRouteComponent(
    withWords(["lists"], () => import("../../features/upload/UploadPage")),
    "UploadPage",
  ),
});

const trash = createRoute({
  getParentRoute: () => inside,
  path: "/trash",
  component: lazyRouteComponent(
    withWords(["lists"], () => import("../../features/sets/TrashPage")),
    "TrashPage",
  ),
});
const importArchive = createRoute({
  getParentRoute: () => inside,
  path: "/import",
  validateSearch: (s: Search): { archive?: number } => (Number(s.archive) > 0 ? { archive: Number(s.archive) } : {}),
  component: lazyRouteComponent(
    withWords(["transfer"], () => import("../../features/transfer/ImportPage")),
    "ImportPage",
  ),
});

export const setRoutes = [patients, runs, sets, create, set, upload, trash, importArchive] as const;
