/** Administration; some of it is for whoever looks after analyses or a group. */
import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { LOG_LEVELS, MAIL_STATES } from "../../api/types";
import { withWords } from "../../i18n";
import type { Search } from "./query";
import { listSearch, number, oneOf, text } from "./query";
import { inside } from "./signedIn";

const administration = createRoute({
  getParentRoute: () => inside,
  path: "/admin",
  component: lazyRouteComponent(
    withWords(["admin", "people"], () => import("../../features/admin/Frame")),
    "Frame",
  ),
});
const adminServer = createRoute({
  getParentRoute: () => administration,
  path: "/",
  component: lazyRouteComponent(
    withWords(["admin", "people", "lists"], () => import("../../features/admin/ServerPage")),
    "ServerPage",
  ),
});
const adminUsers = createRoute({
  getParentRoute: () => administration,
  path: "/users",
  validateSearch: listSearch,
  component: lazyRouteComponent(
    withWords(["admin", "people"], () => import("../../features/admin/UsersPage")),
    "UsersPage",
  ),
});
const adminNewUser = createRoute({
  getParentRoute: () => administration,
  path: "/users/new",
  component: lazyRouteComponent(
    withWords(["admin", "people"], () => import("../../features/admin/NewUserPage")),
    "NewUserPage",
  ),
});
const adminUser = createRoute({
  getParentRoute: () => administration,
  path: "/users/$id",
  component: lazyRouteComponent(
    withWords(["admin", "people"], () => import("../../features/admin/UserPage")),
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
    withWords(["admin", "people"], () => import("../../features/admin/GroupsPage")),
    "GroupsPage",
  ),
});
const adminGroup = createRoute({
  getParentRoute: () => administration,
  path: "/groups/$id",
  component: lazyRouteComponent(
    withWords(["admin", "people"], () => import("../../features/admin/GroupPage")),
    "GroupPage",
  ),
});
const adminConfigs = createRoute({
  getParentRoute: () => administration,
  path: "/configs",
  validateSearch: (s: Search): { archived?: boolean } => (s.archived === true ? { archived: true } : {}),
  component: lazyRouteComponent(
    withWords(["admin", "people"], () => import("../../features/admin/ConfigsPage")),
    "ConfigsPage",
  ),
});
const adminNewConfig = createRoute({
  getParentRoute: () => administration,
  path: "/configs/new",
  component: lazyRouteComponent(
    withWords(["admin", "people"], () => import("../../features/admin/NewConfigPage")),
    "NewConfigPage",
  ),
});
const adminImportConfig = createRoute({
  getParentRoute: () => administration,
  path: "/configs/import",
  component: lazyRouteComponent(
    withWords(["admin", "people"], () => import("../../features/admin/ImportConfigPage")),
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
    withWords(["admin", "people"], () => import("../../features/admin/ConfigPage")),
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
    withWords(["admin", "people"], () => import("../../features/admin/PreProcessesPage")),
    "PreProcessesPage",
  ),
});
const adminNotifications = createRoute({
  getParentRoute: () => administration,
  path: "/notifications",
  validateSearch: editSearch,
  component: lazyRouteComponent(
    withWords(["admin", "people"], () => import("../../features/admin/NotificationsPage")),
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
    withWords(["admin", "people"], () => import("../../features/admin/AuditPage")),
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
    withWords(["admin", "people"], () => import("../../features/admin/MailsPage")),
    "MailsPage",
  ),
});
const adminUsage = createRoute({
  getParentRoute: () => administration,
  path: "/usage",
  validateSearch: (s: Search): { of?: "groups" } => (s.of === "groups" ? { of: "groups" } : {}),
  component: lazyRouteComponent(
    withWords(["admin", "people"], () => import("../../features/admin/UsagePage")),
    "UsagePage",
  ),
});
const adminRetention = createRoute({
  getParentRoute: () => administration,
  path: "/retention",
  validateSearch: (s: Search): { days?: number } => (number(s.days) ? { days: number(s.days) } : {}),
  component: lazyRouteComponent(
    withWords(["admin", "people"], () => import("../../features/admin/RetentionPage")),
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
    withWords(["admin", "people"], () => import("../../features/admin/LogPage")),
    "LogPage",
  ),
});

export const administrationRoutes = administration.addChildren([
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
]);
