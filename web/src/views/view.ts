/** What a picture of a workspace is. Layout and paint read signals; the host repaints when one of them changes. */
import type { Row } from "../core/table";
import type { Overlay } from "./overlay";
import type { Painter } from "./painter";
import type { Size } from "./plot";
import type { Direction } from "./plotPick";
import type { Region } from "./region";
import type { DataTable } from "./table";
import type { Theme } from "./theme";

export interface View<L> {
  layout(size: Size): L;
  paintAxes(p: Painter, layout: L, theme: Theme): void;
  paintMarks(p: Painter, layout: L, theme: Theme): void;
  paintOverlay(p: Painter, layout: L, theme: Theme, overlay: Overlay): void;
  pick(layout: L, x: number, y: number): Row | null;
  within(layout: L, region: Region): readonly Row[];
  /** Acts on a click that hit no clonotype, as on a label; false when there was nothing. */
  clickAt(layout: L, x: number, y: number, add: boolean): boolean;
  /** Where an arrow key goes; undefined when this picture leaves the key to others. */
  next(layout: L, from: Row | null, direction: Direction): Row | null | undefined;
  /** Marks are no clonotypes: they do not step back behind chosen ones. */
  readonly unfaded?: boolean;
  /** The data of the picture as text. */
  table(layout: L): DataTable;
  /** What a point says in words when it is no clonotype. */
  tell?(layout: L, x: number, y: number): string | null;
  /** The pointer or the focus went elsewhere. */
  leave?(): void;
  /** Comes closer by a factor above 1, about a point; false when there is nothing to zoom. */
  zoom?(layout: L, x: number, y: number, by: number): boolean;
  /** Takes hold of something that can be dragged; null when there is nothing. */
  grab?(layout: L, x: number, y: number): Grab | null;
  /** Acts on a double click; false when there is nothing. */
  doubleClickAt?(layout: L, x: number, y: number): boolean;
  /** A key that this picture has a meaning of its own for; what it says, or null when it has none. */
  key?(layout: L, press: Pick<KeyboardEvent, "key" | "altKey" | "shiftKey">): string | null;
}

export interface Grab {
  move(x: number, y: number): void;
  drop(): void;
  cancel(): void;
}
