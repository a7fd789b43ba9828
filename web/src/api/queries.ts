/**
 * What pages read of the server, and under which key it is kept. Keys begin with what an event names: ["set", id, …]
 * belongs to a set, ["jobs", …] are lists of jobs.
 */
import { infiniteQueryOptions, QueryClient, queryOptions } from "@tanstack/react-query";
import { call } from "./client";
import { ApiError } from "./problem";
import type { JobKind, JobState, Kind } from "./types";

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

/** Ways to sign in besides a password of this server. */
export const signInWays = queryOptions({
  queryKey: ["sign-in-ways"],
  queryFn: ({ signal }) => call("get", "/api/v1/session/providers", { signal }),
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

const isLive = (s: { readonly queued: number; readonly running: number }) => s.queued + s.running > 0;

/** How far sets are with each config, at most 200 sets. Jobs change it, so it is read again with them. */
export const setStates = (ids: readonly number[]) =>
  queryOptions({
    queryKey: ["jobs", "states", ids.join()],
    queryFn: ({ signal }) => call("get", "/api/v1/sets/states", { query: { ids: [...ids] }, signal }),
    enabled: ids.length > 0,
    // Events tell of jobs at once; this is for those that were lost on the way.
    refetchInterval: (query) => (query.state.data?.items.some(isLive) ? 10_000 : false),
  });

/** How sets and samples are called: what a list of jobs has numbers of. */
export const titles = (setIds: readonly number[], sampleIds: readonly number[]) =>
  queryOptions({
    queryKey: ["titles", setIds.join(), sampleIds.join()],
    queryFn: ({ signal }) =>
      call("get", "/api/v1/titles", { query: { sets: [...setIds], samples: [...sampleIds] }, signal }),
    enabled: setIds.length + sampleIds.length > 0,
    staleTime: 600_000,
  });

/** A few sets that a search finds, to choose one. */
export const setsFound = (q: string, kind?: Kind) =>
  queryOptions({
    queryKey: ["sets", "found", kind ?? "", q],
    queryFn: ({ signal }) => call("get", "/api/v1/sets", { query: { q, limit: 8, ...(kind ? { kind } : {}) }, signal }),
    staleTime: 30_000,
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

export const samples = (id: number, q = "", sort = "") =>
  infiniteQueryOptions({
    queryKey: ["set", id, "samples", q, sort],
    queryFn: ({ pageParam, signal }) =>
      call("get", "/api/v1/sets/{id}/samples", {
        path: { id },
        query: { limit: 200, q, sort, ...at(pageParam) },
        signal,
      }),
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

export type ContaminationRule = "common" | "tenfold";

export const contaminations = (id: number, configId: number, rule: ContaminationRule) =>
  queryOptions({
    queryKey: ["set", id, "contaminations", configId, rule],
    queryFn: ({ signal }) =>
      call("get", "/api/v1/sets/{id}/contaminations", { path: { id }, query: { config_id: configId, rule }, signal }),
    enabled: configId > 0,
  });

/** What is analysed by itself when reads arrive in a set; refused to who may not choose it. */
export const autoConfigs = (id: number) =>
  queryOptions({
    queryKey: ["set", id, "auto-configs"],
    queryFn: ({ signal }) => call("get", "/api/v1/sets/{id}/auto-configs", { path: { id }, signal }),
  });

export const history = (id: number) =>
  infiniteQueryOptions({
    queryKey: ["set", id, "audit"],
    queryFn: ({ pageParam, signal }) =>
      call("get", "/api/v1/audit", { query: { set_id: id, limit: 50, ...at(pageParam) }, signal }),
    initialPageParam: first,
    getNextPageParam: next,
  });

export const sampleResults = (id: number) =>
  queryOptions({
    queryKey: ["sample", id, "results"],
    queryFn: ({ signal }) => call("get", "/api/v1/samples/{id}/results", { path: { id }, signal }),
  });

export const sources = queryOptions({
  queryKey: ["sources"],
  queryFn: ({ signal }) => call("get", "/api/v1/sources", { signal }),
  staleTime: 300_000,
});

export const sourceFolder = (name: string, path: string) =>
  infiniteQueryOptions({
    queryKey: ["sources", name, path],
    queryFn: ({ pageParam, signal }) =>
      call("get", "/api/v1/sources/{name}", { path: { name }, query: { path, limit: 200, ...at(pageParam) }, signal }),
    initialPageParam: first,
    getNextPageParam: next,
  });

export const sourceFiles = (name: string, pattern: string) =>
  queryOptions({
    queryKey: ["sources", name, "find", pattern],
    queryFn: ({ signal }) =>
      call("get", "/api/v1/sources/{name}/files", { path: { name }, query: { pattern }, signal }),
    enabled: pattern !== "",
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
  readonly kind?: JobKind;
}

export const jobs = ({ set: id, all, states, kind }: JobsOf) =>
  infiniteQueryOptions({
    queryKey: ["jobs", id ?? 0, all ?? false, (states ?? []).join(), kind ?? ""],
    queryFn: ({ pageParam, signal }) =>
      call("get", "/api/v1/jobs", {
        query: {
          ...(id ? { set: id } : {}),
          ...(all ? { all } : {}),
          ...(states?.length ? { state: [...states] } : {}),
          ...(kind ? { kind: [kind] } : {}),
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
