/** Writes SVG text: exports, and the pictures of a report. Every text and colour is escaped. */
import type { Boxes, Bubbles, LineStyle, Painter, TextStyle } from "./painter";
import { EDGE, EDGED } from "./painter";
import { SANS } from "./theme";

/** Radius up to which discs at one place hide each other, pixels. */
const SMALL = 2.5;
/** Height below which a box is a line, pixels. */
const THIN = 0.5;

const n = (value: number): string => String(Math.round(value * 100) / 100);

const escaped = (text: string): string =>
  text.replace(/[&<>"']/g, (c) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" })[c]!);

export class SvgPainter implements Painter {
  private readonly parts: string[] = [];

  constructor(
    private readonly width: number,
    private readonly height: number,
    private readonly background: string,
  ) {}

  /** What is drawn meanwhile is one group, as faint as `alpha` says. */
  group(alpha: number, draw: () => void): void {
    this.parts.push(alpha < 1 ? `<g opacity="${alpha}">` : "<g>");
    draw();
    this.parts.push("</g>");
  }

  rect(x: number, y: number, w: number, h: number, fill: string, alpha = 1): void {
    this.parts.push(
      `<rect x="${n(x)}" y="${n(y)}" width="${n(w)}" height="${n(h)}" fill="${escaped(fill)}"${opacity(alpha)}/>`,
    );
  }

  frame(x: number, y: number, w: number, h: number, style: LineStyle): void {
    this.parts.push(`<rect x="${n(x)}" y="${n(y)}" width="${n(w)}" height="${n(h)}" fill="none"${line(style)}/>`);
  }

  circle(x: number, y: number, r: number, fill: string | null, ring: LineStyle | null): void {
    this.parts.push(
      `<circle cx="${n(x)}" cy="${n(y)}" r="${n(r)}" fill="${escaped(fill ?? "none")}"${ring ? line(ring) : ""}/>`,
    );
  }

  bubbles(marks: Bubbles): void {
    const drawn = new Set<string>();
    for (let i = 0; i < marks.x.length; i++) {
      const r = marks.r[i]!;
      if (r <= 0) continue;
      const fill = marks.fills[marks.color[i]!]!;
      if (marks.open[marks.color[i]!] && r > 2.5) {
        this.circle(marks.x[i]!, marks.y[i]!, r - 0.75, null, { stroke: fill, width: 1.5 });
        continue;
      }
      if (r <= SMALL) {
        // Of small discs at one place one is seen: 100 000 marks would make a drawing that no program opens.
        const key = `${Math.round(marks.x[i]! * 2)},${Math.round(marks.y[i]! * 2)},${fill}`;
        if (drawn.has(key)) continue;
        drawn.add(key);
      }
      this.circle(marks.x[i]!, marks.y[i]!, r, fill, r > EDGED ? { stroke: marks.edge, width: EDGE } : null);
    }
  }

  boxes(marks: Boxes): void {
    const rest = new Map<string, { x: number; low: number; fill: string; h: number }>();
    for (let i = 0; i < marks.x.length; i++) {
      const [x, y, h] = [marks.x[i]!, marks.y[i]!, marks.h[i]!];
      if (h <= 0) continue;
      const fill = marks.fills[marks.color[i]!]!;
      if (h >= THIN) {
        this.rect(x, y, marks.w, h > 2.5 ? h - 0.8 : h, fill);
        continue;
      }
      const key = `${x} ${fill}`;
      const run = rest.get(key);
      if (run) [run.low, run.h] = [Math.max(run.low, y + h), run.h + h];
      else rest.set(key, { x, low: y + h, fill, h });
    }
    // Boxes thinner than a line are drawn as one of their colour; they are the top of their stack, largest at the bottom.
    const floor = new Map<number, number>();
    for (const { x, low } of rest.values()) floor.set(x, Math.max(floor.get(x) ?? 0, low));
    for (const { x, fill, h } of rest.values()) {
      const bottom = floor.get(x)!;
      this.rect(x, bottom - h, marks.w, h, fill);
      floor.set(x, bottom - h);
    }
  }

  polyline(points: readonly number[], style: LineStyle): void {
    this.parts.push(
      `<polyline points="${points.map(n).join(" ")}" fill="none" stroke-linejoin="round"${line(style)}/>`,
    );
  }

  polylines(lines: readonly (readonly number[])[], style: LineStyle): void {
    for (const points of lines) this.polyline(points, style);
  }

  area(points: readonly number[], fill: string, alpha = 1): void {
    this.parts.push(`<polygon points="${points.map(n).join(" ")}" fill="${escaped(fill)}"${opacity(alpha)}/>`);
  }

  text(x: number, y: number, text: string, style: TextStyle): void {
    const anchor = { left: "start", center: "middle", right: "end" }[style.align ?? "left"];
    const base = { top: "hanging", middle: "central", bottom: "auto" }[style.baseline ?? "middle"];
    const turn = style.rotate ? ` transform="rotate(${n(style.rotate)} ${n(x)} ${n(y)})"` : "";
    const weight = style.weight && style.weight !== 400 ? ` font-weight="${style.weight}"` : "";
    this.parts.push(
      `<text x="${n(x)}" y="${n(y)}" font-size="${n(style.size)}" fill="${escaped(style.fill)}" text-anchor="${anchor}" dominant-baseline="${base}"${weight}${turn}>${escaped(text)}</text>`,
    );
  }

  document(title: string): string {
    return `<svg xmlns="http://www.w3.org/2000/svg" width="${n(this.width)}" height="${n(this.height)}" viewBox="0 0 ${n(this.width)} ${n(this.height)}" font-family="${escaped(SANS)}" role="img"><title>${escaped(title)}</title><rect width="100%" height="100%" fill="${escaped(this.background)}"/>${this.parts.join("")}</svg>\n`;
  }
}

const opacity = (alpha: number): string => (alpha < 1 ? ` opacity="${n(alpha)}"` : "");

function line(style: LineStyle): string {
  const dash = style.dash && style.dash.length > 0 ? ` stroke-dasharray="${style.dash.join(" ")}"` : "";
  return ` stroke="${escaped(style.stroke)}" stroke-width="${n(style.width)}"${style.alpha !== undefined && style.alpha < 1 ? ` stroke-opacity="${n(style.alpha)}"` : ""}${dash}`;
}
