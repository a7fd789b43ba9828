/** What people read of what they have: follows, usage, archives. */
import { queryOptions } from "@tanstack/react-query";
import { call } from "../../api/client";
import type { components } from "../../api/schema";

type Schemas = components["schemas"];
export type Usage = Schemas["Usage"];
export type Bundle = Schemas["Bundle"];
export type Identity = Schemas["Identity"];
export type Mails = Schemas["Account"]["mails"];

export const follows = queryOptions({
  queryKey: ["me", "follows"],
  queryFn: ({ signal }) => call("get", "/api/v1/me/follows", { signal }),
});

export const identities = queryOptions({
  queryKey: ["me", "identities"],
  queryFn: ({ signal }) => call("get", "/api/v1/me/identities", { signal }),
});

export const ownUsage = queryOptions({
  queryKey: ["me", "usage"],
  queryFn: ({ signal }) => call("get", "/api/v1/me/usage", { signal }),
});

const isLive = (b: Bundle): boolean => b.state === "waiting" || b.state === "queued" || b.state === "running";

export const bundles = queryOptions({
  queryKey: ["me", "exports"],
  queryFn: ({ signal }) => call("get", "/api/v1/me/exports", { signal }),
  refetchInterval: (query) => (query.state.data?.items.some(isLive) ? 2_000 : false),
});
