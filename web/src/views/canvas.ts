/** Draws on a canvas. Above a few thousand marks pixels are set directly: paths are slow without a graphics card. */
import type { Boxes, Bubbles, LineStyle, Painter, TextStyle } from "./painter";
import { EDGE, EDGED } from "./painter";
import { splatBoxes, splatDiscs } from "./splat";
import { SANS } from "./theme";

/** Above this many marks a frame of paths would take longer than 16 ms on a plain processor (2.4 s for 100 000). */
const DENSE = 3000;

/** One buffer of pixels for each canvas: a fresh one for each frame would be megabytes of garbage. */
const buffers = new WeakMap<object, ImageData>();

function bufferOf(ctx: CanvasRenderingContext2D | OffscreenCanvasRenderingContext2D): ImageData {
  const { width, height } = ctx.canvas;
  let known = buffers.get(ctx.canvas);
  if (!known || known.width !== width || known.height !== height) {
    known = ctx.createImageData(width, height);
    buffers.set(ctx.canvas, known);
  }
  return known;
}

export class CanvasPainter implements Painter {
  /** Nothing was drawn since the canvas was cleared. */
  private blank = false;

  constructor(
    private readonly ctx: CanvasRenderingContext2D | OffscreenCanvasRenderingContext2D,
    /** Device pixels per CSS pixel. */
    private readonly scale: number,
  ) {}

  /** Nothing is on the canvas. */
  get empty(): boolean {
    return this.blank;
  }

  /** A canvas that is known to be empty is left alone: clearing alone makes the browser copy all of it. */
  clear(empty = false): void {
    this.ctx.setTransform(1, 0, 0, 1, 0, 0);
    if (!empty) this.ctx.clearRect(0, 0, this.ctx.canvas.width, this.ctx.canvas.height);
    this.ctx.setTransform(this.scale, 0, 0, this.scale, 0, 0);
    this.blank = true;
  }

  rect(x: number, y: number, w: number, h: number, fill: string, alpha = 1): void {
    this.blank = false;
    this.ctx.globalAlpha = alpha;
    this.ctx.fillStyle = fill;
    this.ctx.fillRect(x, y, w, h);
    this.ctx.globalAlpha = 1;
  }

  frame(x: number, y: number, w: number, h: number, style: LineStyle): void {
    this.blank = false;
    this.line(style);
    this.ctx.strokeRect(x, y, w, h);
    this.ctx.globalAlpha = 1;
  }

  circle(x: number, y: number, r: number, fill: string | null, ring: LineStyle | null): void {
    this.blank = false;
    this.ctx.beginPath();
    this.ctx.arc(x, y, r, 0, 2 * Math.PI);
    if (fill !== null) {
      this.ctx.fillStyle = fill;
      this.ctx.fill();
    }
    if (ring) {
      this.line(ring);
      this.ctx.stroke();
      this.ctx.globalAlpha = 1;
    }
  }

  bubbles(marks: Bubbles): void {
    if (marks.x.length > DENSE) {
      this.pixels((pixels, width, height) => splatDiscs(pixels, width, height, marks, this.scale));
      return;
    }
    const edge: LineStyle = { stroke: marks.edge, width: EDGE };
    for (let i = 0; i < marks.x.length; i++) {
      const r = marks.r[i]!;
      if (r <= 0) continue;
      const fill = marks.fills[marks.color[i]!]!;
      if (marks.open[marks.color[i]!] && r > 2.5)
        this.circle(marks.x[i]!, marks.y[i]!, r - 0.75, null, { stroke: fill, width: 1.5 });
      else this.circle(marks.x[i]!, marks.y[i]!, r, fill, r > EDGED ? edge : null);
    }
  }

  boxes(marks: Boxes): void {
    if (marks.x.length > DENSE) {
      this.pixels((pixels, width, height) => splatBoxes(pixels, width, height, marks, this.scale));
      return;
    }
    for (let i = 0; i < marks.x.length; i++) {
      const h = marks.h[i]!;
      // A hairline between boxes, where there is room for one.
      if (h > 0) this.rect(marks.x[i]!, marks.y[i]!, marks.w, h > 2.5 ? h - 0.8 : h, marks.fills[marks.color[i]!]!);
    }
  }

  /** Sets pixels directly. On a blank canvas they are put; over something they are laid. */
  private pixels(set: (pixels: Uint32Array, width: number, height: number) => void): void {
    const { ctx } = this;
    const { width, height } = ctx.canvas;
    if (width === 0 || height === 0) return;
    const { blank } = this;
    this.blank = false;
    const image = bufferOf(ctx);
    const pixels = new Uint32Array(image.data.buffer);
    pixels.fill(0);
    set(pixels, width, height);
    if (blank) {
      ctx.putImageData(image, 0, 0);
      return;
    }
    const layer = new OffscreenCanvas(width, height);
    layer.getContext("2d")!.putImageData(image, 0, 0);
    ctx.save();
    ctx.setTransform(1, 0, 0, 1, 0, 0);
    ctx.drawImage(layer, 0, 0);
    ctx.restore();
  }

  polyline(points: readonly number[], style: LineStyle): void {
    this.blank = false;
    this.path(points);
    this.line(style);
    this.ctx.stroke();
    this.ctx.globalAlpha = 1;
    this.ctx.setLineDash([]);
  }

  polylines(lines: readonly (readonly number[])[], style: LineStyle): void {
    if (lines.length === 0) return;
    this.blank = false;
    const { ctx } = this;
    ctx.beginPath();
    for (const points of lines) {
      ctx.moveTo(points[0]!, points[1]!);
      for (let i = 2; i + 1 < points.length; i += 2) ctx.lineTo(points[i]!, points[i + 1]!);
    }
    this.line(style);
    ctx.stroke();
    ctx.globalAlpha = 1;
    ctx.setLineDash([]);
  }

  area(points: readonly number[], fill: string, alpha = 1): void {
    this.blank = false;
    this.path(points);
    this.ctx.closePath();
    this.ctx.globalAlpha = alpha;
    this.ctx.fillStyle = fill;
    this.ctx.fill();
    this.ctx.globalAlpha = 1;
  }

  text(x: number, y: number, text: string, style: TextStyle): void {
    this.blank = false;
    const { ctx } = this;
    ctx.font = `${style.weight ?? 400} ${style.size}px ${SANS}`;
    ctx.fillStyle = style.fill;
    ctx.textAlign = style.align ?? "left";
    ctx.textBaseline = style.baseline ?? "middle";
    if (!style.rotate) {
      ctx.fillText(text, x, y);
      return;
    }
    ctx.save();
    ctx.translate(x, y);
    ctx.rotate((style.rotate * Math.PI) / 180);
    ctx.fillText(text, 0, 0);
    ctx.restore();
  }

  private line(style: LineStyle): void {
    this.ctx.strokeStyle = style.stroke;
    this.ctx.lineWidth = style.width;
    this.ctx.globalAlpha = style.alpha ?? 1;
    this.ctx.setLineDash([...(style.dash ?? [])]);
    this.ctx.lineJoin = "round";
  }

  private path(points: readonly number[]): void {
    this.ctx.beginPath();
    for (let i = 0; i + 1 < points.length; i += 2) this.ctx.lineTo(points[i]!, points[i + 1]!);
  }
}
