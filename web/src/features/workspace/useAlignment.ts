import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { call } from "../../api/client";
import { alignToFirst } from "../../core/align";
import type { Row } from "../../core/table";
import { useServer, useWorkspace } from "./context";

export interface Alignment {
  readonly of: ReadonlyMap<Row, string>;
  /** Who made it: never silently another one. */
  readonly by: "server" | "page";
  readonly state: "off" | "loading" | "failed" | "ready";
  readonly error: unknown;
}

const NOTHING: ReadonlyMap<Row, string> = new Map();

/** Sequences under each other: the server aligns what it has, the page what was opened from a file. */
export function useAlignment(rows: readonly Row[], wanted: boolean, arrived: number): Alignment {
  const ws = useWorkspace();
  const server = useServer();
  const on = wanted && rows.length > 0;
  const ids = useMemo(() => ws.idsOf(rows), [ws, rows]);
  const query = useQuery({
    queryKey: ["align", server?.setId ?? 0, server?.configId ?? 0, ids.join()],
    queryFn: ({ signal }) =>
      call("post", "/api/v1/align", {
        body: { clonotypes: ids, set_id: server?.setId ?? 0, config_id: server?.configId ?? 0 },
        signal,
      }),
    enabled: on && server !== null,
    staleTime: Number.POSITIVE_INFINITY,
    placeholderData: (before) => before,
  });
  return useMemo(() => {
    arrived; // letters that come meanwhile change what the page aligns
    if (!on) return { of: NOTHING, by: server ? "server" : "page", state: "off", error: null };
    if (!server) {
      const sequences = rows.map((row) => ws.sequences.sequence(row) || ws.table.id.at(row));
      const aligned = alignToFirst(sequences);
      return { of: new Map(rows.map((row, i) => [row, aligned[i]!])), by: "page", state: "ready", error: null };
    }
    if (query.error) return { of: NOTHING, by: "server", state: "failed", error: query.error };
    const of = new Map<Row, string>();
    for (const item of query.data?.items ?? []) {
      const row = ws.table.rowOf(item.id);
      if (row !== undefined) of.set(row, item.aligned);
    }
    return { of, by: "server", state: query.data ? "ready" : "loading", error: null };
  }, [on, server, rows, ws, query.data, query.error, arrived]);
}
