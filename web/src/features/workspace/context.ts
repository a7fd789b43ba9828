/** The workspace of a screen, for its components, and the server behind it. */
import type { ReadonlySignal } from "@preact/signals-core";
import { createContext, useContext } from "react";
import type { Workspace } from "../../core/workspace";

export const WorkspaceContext = createContext<Workspace | null>(null);

export function useWorkspace(): Workspace {
  const ws = useContext(WorkspaceContext);
  if (!ws) throw new Error("no workspace around this component");
  return ws;
}

/**
 * Where a result comes from: a file of this computer is saved by exporting, the server saves by itself, and nothing is kept
 * of a comparison.
 */
export type Origin = "local" | "server" | "comparison";

/** What a result of the server can do that a file cannot. */
export interface ServerSide {
  readonly setId: number;
  readonly configId: number;
  /** Fetches clonotypes of higher ranks; null when all are here. */
  readonly more: (() => void) | null;
  readonly loading: boolean;
  readonly search: ReadonlySignal<{
    readonly kind: "searching" | "done" | "failed" | "tooShort";
    readonly away: readonly string[];
  } | null> | null;
  /** Fetches clonotypes by their identifiers, wherever they rank. */
  keep(ids: readonly string[]): void;
}

export const ServerContext = createContext<ServerSide | null>(null);

/** Null for a file of this computer. */
export const useServer = (): ServerSide | null => useContext(ServerContext);
