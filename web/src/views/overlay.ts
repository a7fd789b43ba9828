import type { Row } from "../core/table";

/** What lies over a picture: the selection, and what is pointed at. */
export interface Overlay {
  readonly isSelected: (row: Row) => boolean;
  readonly count: number;
  /** Too many are chosen to ring each of them. */
  readonly many: boolean;
  readonly hover: Row | null;
}
