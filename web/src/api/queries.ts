/**
 * What pages read of the server, and under which key it is kept. Keys begin with what an event names: ["set", id, …]
 * belongs to a set, ["jobs", …] are lists of jobs.
 */
import { infiniteQueryOptions, QueryClient, queryOptions } from "@tanstack/react-query";
import { call } from "./client";
import { ApiError } from "./problem";
import type { JobState, Kind } from "./types";

export const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 15_000,
      // What was refused is refused again; only a line that broke is worth another try.
      retry: (count, error) => count < 2 && error instanceof ApiError && error.unreachable,
      refetchOnWindowFocus: true,
    },
  },
});

export const whoami = queryOptions({
  queryKey: ["whoami"],
  queryFn: ({ signal }) => call("get", "/api/v1/session", { signal }),
  staleTime: 60_000,
});

export interface ListOf {
  readonly kind: Kind;
  readonly q: string;
  readonly sort: string;
}

const next = (page: { readonly next?: string }) => page.next ?? null;
const first: string | null = "";
const at = (cursor: string | null) => (cursor ? { cursor } : {});

export const sets = ({ kind, q, sort }: ListOf) =>
  infiniteQueryOptions({
    queryKey: ["sets", kind, q, sort],
    queryFn: ({ pageParam, signal }) =>
      call("get", "/api/v1/sets", { query: { kind, q, sort, ...at(pageParam) }, signal }),
    initialPageParam: first,
    getNextPageParam: next,
  });

export const totals = (kind: Kind, q: string) =>
  queryOptions({
    queryKey: ["sets", kind, q, "totals"],
    queryFn: ({ signal }) => call("get", "/api/v1/sets/totals", { query: { kind, q }, signal }),
  });

export const set = (id: number) =>
  queryOptions({
    queryKey: ["set", id],
    queryFn: ({ signal }) => call("get", "/api/v1/sets/{id}", { path: { id }, signal }),
  });

export const neighbours = (id: number) =>
  queryOptions({
    queryKey: ["set", id, "neighbours"],
    queryFn: ({ signal }) => call("get", "/api/v1/sets/{id}/neighbours", { path: { id }, signal }),
    staleTime: 300_000,
  });

export const samples = (id: number) =>
  infiniteQueryOptions({
    queryKey: ["set", id, "samples"],
    queryFn: ({ pageParam, signal }) =>
      call("get", "/api/v1/sets/{id}/samples", { path: { id }, query: { limit: 200, ...at(pageParam) }, signal }),
    initialPageParam: first,
    getNextPageParam: next,
  });

export const results = (id: number) =>
  queryOptions({
    queryKey: ["set", id, "results"],
    queryFn: ({ signal }) => call("get", "/api/v1/sets/{id}/results", { path: { id }, signal }),
  });

export const quality = (id: number, configId: number) =>
  queryOptions({
    queryKey: ["set", id, "quality", configId],
    queryFn: ({ signal }) =>
      call("get", "/api/v1/sets/{id}/quality", { path: { id }, query: { config_id: configId }, signal }),
    enabled: configId > 0,
  });

export const shares = (id: number) =>
  queryOptions({
    queryKey: ["set", id, "groups"],
    queryFn: ({ signal }) => call("get", "/api/v1/sets/{id}/groups", { path: { id }, signal }),
  });

export const configs = queryOptions({
  queryKey: ["configs"],
  queryFn: ({ signal }) => call("get", "/api/v1/configs", { signal }),
  staleTime: 300_000,
});

export const preProcesses = queryOptions({
  queryKey: ["pre-processes"],
  queryFn: ({ signal }) => call("get", "/api/v1/pre-processes", { signal }),
  staleTime: 300_000,
});

export interface JobsOf {
  readonly set?: number;
  readonly all?: boolean;
  readonly states?: readonly JobState[];
}

export const jobs = ({ set: id, all, states }: JobsOf) =>
  infiniteQueryOptions({
    queryKey: ["jobs", id ?? 0, all ?? false, (states ?? []).join()],
    queryFn: ({ pageParam, signal }) =>
      call("get", "/api/v1/jobs", {
        query: {
          ...(id ? { set: id } : {}),
          ...(all ? { all } : {}),
          ...(states?.length ? { state: [...states] } : {}),
          limit: 50,
          ...at(pageParam),
        },
        signal,
      }),
    initialPageParam: first,
    getNextPageParam: next,
  });

const LIVE: readonly JobState[] = ["waiting", "queued", "running"];

/** What is under way, of oneself: for the header and the lists. */
export const liveJobs = queryOptions({
  queryKey: ["jobs", "live"],
  queryFn: ({ signal }) => call("get", "/api/v1/jobs", { query: { state: [...LIVE], limit: 200 }, signal }),
});

export const job = (id: number) =>
  queryOptions({
    queryKey: ["job", id],
    queryFn: ({ signal }) => call("get", "/api/v1/jobs/{id}", { path: { id }, signal }),
  });

export const jobLog = (id: number) =>
  queryOptions({
    queryKey: ["jobs", "log", id],
    queryFn: ({ signal }) => call("get", "/api/v1/jobs/{id}/log", { path: { id }, signal }),
  });

export const trashedSets = infiniteQueryOptions({
  queryKey: ["sets", "trash"],
  queryFn: ({ pageParam, signal }) => call("get", "/api/v1/trash/sets", { query: at(pageParam), signal }),
  initialPageParam: first,
  getNextPageParam: next,
});

export const trashedSamples = infiniteQueryOptions({
  queryKey: ["samples", "trash"],
  queryFn: ({ pageParam, signal }) => call("get", "/api/v1/trash/samples", { query: at(pageParam), signal }),
  initialPageParam: first,
  getNextPageParam: next,
});

export const ownSessions = queryOptions({
  queryKey: ["me", "sessions"],
  queryFn: ({ signal }) => call("get", "/api/v1/me/sessions", { signal }),
});

export const tokens = queryOptions({
  queryKey: ["me", "tokens"],
  queryFn: ({ signal }) => call("get", "/api/v1/me/tokens", { signal }),
});

export const notifications = queryOptions({
  queryKey: ["notifications"],
  queryFn: ({ signal }) => call("get", "/api/v1/notifications/active", { signal }),
  staleTime: 300_000,
});

export const tags = (prefix: string) =>
  queryOptions({
    queryKey: ["tags", prefix],
    queryFn: ({ signal }) => call("get", "/api/v1/tags", { query: { prefix, limit: 12 }, signal }),
    staleTime: 60_000,
  });

export const groups = queryOptions({
  queryKey: ["groups"],
  queryFn: ({ signal }) => call("get", "/api/v1/groups", { signal }),
  staleTime: 300_000,
});
