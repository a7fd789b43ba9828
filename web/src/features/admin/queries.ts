/** What the pages of the administration read of the server. */
import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { call } from "../../api/client";
import type { components } from "../../api/schema";
import type { LOG_LEVELS } from "../../api/types";

type Schemas = components["schemas"];
export type Config = Schemas["Config"];
export type Revision = Schemas["ConfigRevision"];
export type Options = Schemas["ConfigOptions"];
export type Group = Schemas["Group"];
export type GroupDetail = Schemas["GroupDetail"];
export type User = Schemas["User"];
export type Invitation = Schemas["Invitation"];
export type PreProcess = Schemas["PreProcess"];
export type AuditEntry = Schemas["AuditEntry"];
export type ServerState = Schemas["ServerState"];

const first: string | null = "";
const next = (page: { readonly next?: string }) => page.next ?? null;
const at = (cursor: string | null) => (cursor ? { cursor } : {});

/** Its key is that of jobs: their events read it anew; the clock does where no job moves. */
export const server = queryOptions({
  queryKey: ["jobs", "server"],
  queryFn: ({ signal }) => call("get", "/api/v1/server", { signal }),
  refetchInterval: 10_000,
  staleTime: 2_000,
});

export const users = (q: string, sort: string) =>
  infiniteQueryOptions({
    queryKey: ["users", q, sort],
    queryFn: ({ pageParam, signal }) => call("get", "/api/v1/users", { query: { q, sort, ...at(pageParam) }, signal }),
    initialPageParam: first,
    getNextPageParam: next,
  });

export const user = (id: number) =>
  queryOptions({
    queryKey: ["users", id],
    queryFn: ({ signal }) => call("get", "/api/v1/users/{id}", { path: { id }, signal }),
  });

/** People to choose from; who has more of them looks for a name. */
export const people = queryOptions({
  queryKey: ["users", "choice"],
  queryFn: ({ signal }) => call("get", "/api/v1/users", { query: { sort: "name", limit: 200 }, signal }),
  staleTime: 60_000,
});

export const group = (id: number) =>
  queryOptions({
    queryKey: ["groups", id],
    queryFn: ({ signal }) => call("get", "/api/v1/groups/{id}", { path: { id }, signal }),
  });

export const autoConfigs = (id: number) =>
  queryOptions({
    queryKey: ["groups", id, "auto"],
    queryFn: ({ signal }) => call("get", "/api/v1/groups/{id}/auto-configs", { path: { id }, signal }),
  });

export const config = (id: number) =>
  queryOptions({
    queryKey: ["configs", id],
    queryFn: ({ signal }) => call("get", "/api/v1/configs/{id}", { path: { id }, signal }),
  });

export const configUse = (id: number) =>
  queryOptions({
    queryKey: ["configs", id, "use"],
    queryFn: ({ signal }) => call("get", "/api/v1/configs/{id}/use", { path: { id }, signal }),
  });

export const allNotifications = queryOptions({
  queryKey: ["notifications", "all"],
  queryFn: ({ signal }) => call("get", "/api/v1/notifications", { signal }),
});

export interface AuditFilter {
  readonly user?: number;
  readonly object?: string;
  readonly id?: number;
  readonly action?: string;
  readonly from?: string;
  readonly to?: string;
}

export const audit = (f: AuditFilter) =>
  infiniteQueryOptions({
    queryKey: ["audit", f],
    queryFn: ({ pageParam, signal }) =>
      call("get", "/api/v1/audit", {
        query: {
          ...(f.user ? { user_id: f.user } : {}),
          ...(f.object && f.id ? { object: f.object, object_id: f.id } : {}),
          ...(f.action ? { action: f.action } : {}),
          ...(f.from ? { from: f.from } : {}),
          ...(f.to ? { to: f.to } : {}),
          ...at(pageParam),
        },
        signal,
      }),
    initialPageParam: first,
    getNextPageParam: next,
  });

export type Mail = Schemas["Mail"];
export type RetentionClass = Schemas["RetentionClass"];
export type LogLine = Schemas["LogLine"];

export const mails = (state: Mail["state"] | undefined) =>
  infiniteQueryOptions({
    queryKey: ["mails", state ?? ""],
    queryFn: ({ pageParam, signal }) =>
      call("get", "/api/v1/mails", { query: { ...(state ? { state } : {}), ...at(pageParam) }, signal }),
    initialPageParam: first,
    getNextPageParam: next,
    refetchInterval: (query) =>
      query.state.data?.pages.some((p) => p.items.some((mail) => mail.state === "queued")) ? 3_000 : false,
  });

export const usage = (of: "people" | "groups") =>
  queryOptions({
    queryKey: ["usage", of],
    queryFn: ({ signal }) =>
      of === "people"
        ? call("get", "/api/v1/usage/people", { signal })
        : call("get", "/api/v1/usage/groups", { signal }),
  });

export const retention = (days: number) =>
  queryOptions({
    queryKey: ["retention", days],
    queryFn: ({ signal }) => call("get", "/api/v1/retention", { query: days > 0 ? { in_days: days } : {}, signal }),
  });

export interface LogFilter {
  readonly level?: (typeof LOG_LEVELS)[number] | undefined;
  readonly q?: string;
}

export const serverLog = ({ level, q }: LogFilter) =>
  queryOptions({
    queryKey: ["log", level ?? "info", q ?? ""],
    queryFn: ({ signal }) =>
      call("get", "/api/v1/log", { query: { ...(level ? { level } : {}), ...(q ? { q } : {}), lines: 500 }, signal }),
    staleTime: 1_000,
  });
