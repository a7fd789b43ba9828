/** The view of a plot pane, whatever is shown in it. */
import type { Workspace } from "../core/workspace";
import type { Messages } from "../i18n/en";
import { plotWords } from "../ui/words";
import { overlapView } from "./overlapView";
import { plotView } from "./plotView";
import type { View } from "./view";

/** For as long as the pane keeps to plots, or to overlaps: see `isOverlap`. */
export function paneView(ws: Workspace, pane: number, m: () => Messages): View<unknown> {
  const view = isOverlap(ws, pane)
    ? overlapView(ws, pane, m)
    : plotView(
        ws,
        pane,
        () => plotWords(m(), ws.notation.value),
        () => m().locale,
      );
  return view as View<unknown>;
}

export const isOverlap = (ws: Workspace, pane: number): boolean => ws.plots.peek()[pane]?.mode === "overlap";
