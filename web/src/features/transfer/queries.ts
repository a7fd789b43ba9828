import { queryOptions } from "@tanstack/react-query";
import { call } from "../../api/client";
import { piecesOf, type Transfer } from "./send";

const ENDED: readonly (string | undefined)[] = ["done", "failed", "cancelled"];

/** A job is reading it, or will. */
export const working = (t: Pick<Transfer, "state">): boolean => t.state !== undefined && !ENDED.includes(t.state);

/** How often a page asks after an archive that a job is reading, in milliseconds. */
const EVERY = 700;

export const transferKey = ["transfer"] as const;

export const transfers = queryOptions({
  queryKey: [...transferKey, "list"],
  queryFn: ({ signal }) => call("get", "/api/v1/transfers", { signal }),
  refetchInterval: (q) => (q.state.data?.items.some(working) ? EVERY : false),
});

export const transfer = (id: number) =>
  queryOptions({
    queryKey: [...transferKey, id],
    queryFn: ({ signal }) => call("get", "/api/v1/transfers/{id}", { path: { id }, signal }),
    refetchInterval: (q) => (q.state.data && working(q.state.data) ? EVERY : false),
  });

/** Something must be put right first. That sets came here before is not wrong: it is asked what to do with them. */
export const toMend = (r: Transfer["report"]): boolean =>
  r !== undefined && r.faults.length > (r.known.length > 0 && r.skipped === 0 ? 1 : 0);

/** Where an archive is on its way. */
export type Step = "coming" | "come" | "working" | "looked" | "wrong" | "done";

export function stepOf(t: Transfer): Step {
  if (t.done_at) return "done";
  if (t.pieces.length < piecesOf(t)) return "coming";
  if (working(t)) return "working";
  if (t.state === undefined) return "come";
  if (t.state !== "done" || toMend(t.report)) return "wrong";
  return "looked";
}
