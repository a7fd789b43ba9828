/** Draws on a canvas. Above a few thousand marks pixels are set directly: paths are slow without a graphics card. */
import type { Bubbles, LineStyle, Painter, TextStyle } from "./painter";
import { SANS } from "./theme";

/** Above this many marks a frame of paths would take longer than 16 ms on a plain processor (2.4 s for 100 000). */
const DENSE = 3000;

export class CanvasPainter implements Painter {
  constructor(
    private readonly ctx: CanvasRenderingContext2D,
    /** Device pixels per CSS pixel. */
    private readonly scale: number,
  ) {}

  clear(): void {
    this.ctx.setTransform(1, 0, 0, 1, 0, 0);
    this.ctx.clearRect(0, 0, this.ctx.canvas.width, this.ctx.canvas.height);
    this.ctx.setTransform(this.scale, 0, 0, this.scale, 0, 0);
  }

  rect(x: number, y: number, w: number, h: number, fill: string, alpha = 1): void {
    this.ctx.globalAlpha = alpha;
    this.ctx.fillStyle = fill;
    this.ctx.fillRect(x, y, w, h);
    this.ctx.globalAlpha = 1;
  }

  frame(x: number, y: number, w: number, h: number, style: LineStyle): void {
    this.line(style);
    this.ctx.strokeRect(x, y, w, h);
    this.ctx.globalAlpha = 1;
  }

  circle(x: number, y: number, r: number, fill: string | null, ring: LineStyle | null): void {
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
      splat(this.ctx, marks, this.scale);
      return;
    }
    for (let i = 0; i < marks.x.length; i++) {
      const r = marks.r[i]!;
      if (r <= 0) continue;
      const fill = marks.fills[marks.color[i]!]!;
      if (marks.open[marks.color[i]!] && r > 2.5)
        this.circle(marks.x[i]!, marks.y[i]!, r - 0.75, null, { stroke: fill, width: 1.5 });
      else this.circle(marks.x[i]!, marks.y[i]!, r, fill, null);
    }
  }

  polyline(points: readonly number[], style: LineStyle): void {
    this.path(points);
    this.line(style);
    this.ctx.stroke();
    this.ctx.globalAlpha = 1;
    this.ctx.setLineDash([]);
  }

  area(points: readonly number[], fill: string, alpha = 1): void {
    this.path(points);
    this.ctx.closePath();
    this.ctx.globalAlpha = alpha;
    this.ctx.fillStyle = fill;
    this.ctx.fill();
    this.ctx.globalAlpha = 1;
  }

  text(x: number, y: number, text: string, style: TextStyle): void {
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

function rgba(hex: string): number {
  const n = Number.parseInt(hex.slice(1, 7), 16);
  // Little-endian words of an ImageData: alpha, blue, green, red.
  return ((0xff << 24) | ((n & 0xff) << 16) | (n & 0xff00) | (n >>> 16)) >>> 0;
}

/** Sets the pixels of discs, in the order of the marks. Without smoothing: marks are as dense as pixels here. */
function splat(ctx: CanvasRenderingContext2D, marks: Bubbles, scale: number): void {
  const { width, height } = ctx.canvas;
  if (width === 0 || height === 0) return;
  const image = ctx.getImageData(0, 0, width, height);
  const pixels = new Uint32Array(image.data.buffer);
  const fills = marks.fills.map(rgba);
  for (let i = 0; i < marks.x.length; i++) {
    const r = marks.r[i]! * scale;
    if (r <= 0) continue;
    const [cx, cy, fill] = [marks.x[i]! * scale, marks.y[i]! * scale, fills[marks.color[i]!]!];
    const bottom = Math.min(height - 1, Math.floor(cy + r));
    for (let y = Math.max(0, Math.ceil(cy - r)); y <= bottom; y++) {
      const half = Math.sqrt(r * r - (y - cy) * (y - cy));
      const from = y * width + Math.max(0, Math.ceil(cx - half));
      const to = y * width + Math.min(width - 1, Math.floor(cx + half));
      if (to >= from) pixels.fill(fill, from, to + 1);
    }
  }
  ctx.putImageData(image, 0, 0);
}
