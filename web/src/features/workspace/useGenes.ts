import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { call } from "../../api/client";
import type { Gene } from "../../core/germline";
import type { Row } from "../../core/table";
import { textAt } from "../../core/table";
import { useServer, useWorkspace } from "./context";

/** Genes of what is shown, as the server has them. */
export interface Genes {
  readonly of: (name: string) => Gene | undefined;
  readonly state: "off" | "noServer" | "unknownSet" | "loading" | "failed" | "ready";
  /** The result was made with another edition of the set. */
  readonly otherEdition: boolean;
}

const NONE = (): undefined => undefined;

/** The germline genes of clonotypes. A file has none, and nothing is asked about it elsewhere: the panel says so. */
export function useGenes(rows: readonly Row[], wanted: boolean): Genes {
  const ws = useWorkspace();
  const server = useServer();
  const { germline } = ws.table;
  const names = useMemo(() => {
    const all = rows.flatMap((row) => [textAt(ws.table.five, row), textAt(ws.table.three, row)]);
    return [...new Set(all)].filter((name) => name !== "").sort();
  }, [rows, ws]);
  const on = wanted && server !== null && germline !== undefined && names.length > 0;
  const query = useQuery({
    queryKey: ["genes", germline?.name ?? "", names.join()],
    queryFn: ({ signal }) =>
      call("get", "/api/v1/germlines/{name}/genes", { path: { name: germline?.name ?? "" }, query: { names }, signal }),
    enabled: on,
    staleTime: Number.POSITIVE_INFINITY,
    placeholderData: (before) => before,
  });
  return useMemo(() => {
    const byName = new Map(
      query.data?.items.map((g): [string, Gene] => [g.name, { ...g, anchor: g.anchor - 1 }]) ?? [],
    );
    const state = !wanted
      ? "off"
      : server === null
        ? "noServer"
        : germline === undefined || (query.error && "status" in query.error && query.error.status === 404)
          ? "unknownSet"
          : query.error
            ? "failed"
            : query.data
              ? "ready"
              : "loading";
    return {
      of: byName.size > 0 ? (name: string) => byName.get(name) : NONE,
      state,
      otherEdition: query.data !== undefined && germline !== undefined && query.data.digest !== germline.digest,
    };
  }, [query.data, query.error, wanted, server, germline]);
}
