/** What the server tells while pages are open, and where its lists are. */
import { useEffect } from "react";
import { Events } from "../../api/events";
import { queryClient } from "../../api/queries";
import type { Kind } from "../../api/types";

export const events = new Events(queryClient);

/** Listens to a set while a page shows it. */
export function useSetEvents(id: number): void {
  useEffect(() => events.watchSet(id), [id]);
}

export const listPath = (kind: Kind) =>
  (kind === "patient" ? "/patients" : kind === "run" ? "/runs" : "/sets") as "/patients" | "/runs" | "/sets";
