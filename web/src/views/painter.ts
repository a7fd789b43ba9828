/**
 * What pictures are drawn with: the same drawing goes to a canvas (screen, PNG) and to SVG text (export). Coordinates
 * are CSS pixels.
 */
export interface TextStyle {
  readonly size: number;
  readonly fill: string;
  readonly align?: "left" | "center" | "right";
  readonly baseline?: "top" | "middle" | "bottom";
  readonly weight?: 400 | 500 | 600;
  /** Degrees, clockwise, about the anchor. */
  readonly rotate?: number;
}

export interface LineStyle {
  readonly stroke: string;
  readonly width: number;
  readonly alpha?: number;
  readonly dash?: readonly number[];
}

/** Many marks at once: arrays of equal length. Painters may draw them faster than one by one. */
export interface Bubbles {
  readonly x: Float32Array;
  readonly y: Float32Array;
  /** Radius; 0 is not drawn. */
  readonly r: Float32Array;
  /** Index into fills. */
  readonly color: Uint8Array;
  readonly fills: readonly string[];
  /** Whether the marks of a colour are rings. */
  readonly open: readonly boolean[];
  /** Colour of the line that parts filled marks of one colour where they touch: that of what is behind. */
  readonly edge: string;
}

/** Radius above which a mark has its edge, and the edge's width, pixels: a smaller mark would be all edge. */
export const EDGED = 3;
export const EDGE = 1;

/** Many upright boxes at once, all of one width; the corner at x, y is the upper left one. */
export interface Boxes {
  readonly x: Float32Array;
  readonly y: Float32Array;
  readonly w: number;
  /** Height; 0 is not drawn. */
  readonly h: Float32Array;
  /** Index into fills. */
  readonly color: Uint8Array;
  readonly fills: readonly string[];
}

export interface Painter {
  rect(x: number, y: number, w: number, h: number, fill: string, alpha?: number): void;
  frame(x: number, y: number, w: number, h: number, style: LineStyle): void;
  circle(x: number, y: number, r: number, fill: string | null, ring: LineStyle | null): void;
  bubbles(marks: Bubbles): void;
  boxes(marks: Boxes): void;
  /** x and y alternate. */
  polyline(points: readonly number[], style: LineStyle): void;
  /** Several of one look at once: a canvas strokes them as one path, which costs about as much as one of them. */
  polylines(lines: readonly (readonly number[])[], style: LineStyle): void;
  area(points: readonly number[], fill: string, alpha?: number): void;
  text(x: number, y: number, text: string, style: TextStyle): void;
}

/** Width of a text, near enough to lay labels out without asking a canvas. */
export const textWidth = (text: string, size: number): number => text.length * size * 0.56;
