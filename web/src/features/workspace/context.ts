/** The workspace of a screen, for its components. */
import { createContext, useContext } from "react";
import type { Workspace } from "../../core/workspace";

export const WorkspaceContext = createContext<Workspace | null>(null);

export function useWorkspace(): Workspace {
  const ws = useContext(WorkspaceContext);
  if (!ws) throw new Error("no workspace around this component");
  return ws;
}
