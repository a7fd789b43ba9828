/**
 * Puts a view on three canvases: axes, marks, and an overlay for what is chosen and pointed at, so that pointing repaints
 * next to nothing. All hosts of a page share one animation frame. No framework: a component only gives the elements.
 */

import type { ReadonlySignal } from "@preact/signals-core";
import { computed, effect, signal } from "@preact/signals-core";
import { has } from "../core/bits";
import type { Row } from "../core/table";
import type { Workspace } from "../core/workspace";
import { CanvasPainter } from "./canvas";
import type { Overlay } from "./overlay";
import type { Painter } from "./painter";
import type { Size } from "./plot";
import { SvgPainter } from "./svg";
import type { Theme } from "./theme";

/** A picture of a workspace. Layout and paint read signals; the host repaints when one of them changes. */
export interface View<L> {
  layout(size: Size): L;
  paintAxes(p: Painter, layout: L, theme: Theme): void;
  paintMarks(p: Painter, layout: L, theme: Theme): void;
  paintOverlay(p: Painter, layout: L, theme: Theme, overlay: Overlay): void;
  pick(layout: L, x: number, y: number): Row | null;
  within(layout: L, x0: number, y0: number, x1: number, y1: number): readonly Row[];
  /** Acts on a click that hit no clonotype, as on a label; false when there was nothing. */
  clickAt(layout: L, x: number, y: number, add: boolean): boolean;
}

interface Brush {
  readonly x0: number;
  readonly y0: number;
  readonly x1: number;
  readonly y1: number;
}

const RINGED = 300;
const dirty = new Set<() => void>();
let frame = 0;

function request(paint: () => void): void {
  dirty.add(paint);
  if (frame !== 0) return;
  frame = requestAnimationFrame(() => {
    frame = 0;
    const work = [...dirty];
    dirty.clear();
    for (const each of work) each();
  });
}

export class Host<L> {
  private readonly size = signal<Size>({ width: 0, height: 0 });
  private readonly brush = signal<Brush | null>(null);
  private readonly layers: readonly [HTMLCanvasElement, HTMLCanvasElement, HTMLCanvasElement];
  private readonly layout: ReadonlySignal<L>;
  private readonly stops: (() => void)[] = [];
  /** Counts the fonts that came: a canvas does not paint itself again with them, as text of a page does. */
  private readonly fonts = signal(0);
  /** What the pointer is at in this picture. */
  private pointed: Row | null = null;

  constructor(
    private readonly element: HTMLElement,
    private readonly ws: Workspace,
    private readonly view: View<L>,
    private readonly theme: ReadonlySignal<Theme>,
  ) {
    const layer = () => element.appendChild(document.createElement("canvas"));
    this.layers = [layer(), layer(), layer()];
    this.layout = computed(() => this.view.layout(this.size.value));
    const observer = new ResizeObserver(() => this.measure());
    observer.observe(element);
    this.stops.push(() => observer.disconnect());
    this.measure();
    const came = () => {
      this.fonts.value++;
    };
    document.fonts.addEventListener("loadingdone", came);
    this.stops.push(() => document.fonts.removeEventListener("loadingdone", came));
    this.paintWhen(0, (p, l) => this.view.paintAxes(p, l, this.theme.value));
    this.paintWhen(1, (p, l) => this.view.paintMarks(p, l, this.theme.value));
    this.paintWhen(2, (p, l) => this.paintOverlay(p, l));
    this.stops.push(
      effect(() => {
        this.layers[1].style.opacity = this.ws.selection.value.count > 0 ? "0.28" : "1";
      }),
    );
    this.listen();
  }

  stop(): void {
    for (const each of this.stops) each();
    for (const layer of this.layers) layer.remove();
  }

  svg(title: string): string {
    const { width, height } = this.size.peek();
    const theme = this.theme.peek();
    const p = new SvgPainter(width, height, theme.panel);
    this.paintAll(p, (alpha, draw) => p.group(alpha, draw));
    return p.document(title);
  }

  /** At `scale` device pixels per CSS pixel; 3 is good in print. */
  async png(scale: number): Promise<Blob> {
    const { width, height } = this.size.peek();
    const canvas = Object.assign(document.createElement("canvas"), { width: width * scale, height: height * scale });
    const ctx = canvas.getContext("2d")!;
    const p = new CanvasPainter(ctx, scale);
    p.clear();
    p.rect(0, 0, width, height, this.theme.peek().panel);
    this.paintAll(p, (alpha, draw) => {
      ctx.globalAlpha = alpha;
      draw();
    });
    return new Promise((resolve, reject) =>
      canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new Error("no image"))), "image/png"),
    );
  }

  private paintAll(p: Painter, group: (alpha: number, draw: () => void) => void): void {
    const layout = this.layout.peek();
    const theme = this.theme.peek();
    const selection = this.ws.selection.peek();
    this.view.paintAxes(p, layout, theme);
    group(selection.count > 0 ? 0.28 : 1, () => this.view.paintMarks(p, layout, theme));
    this.view.paintOverlay(p, layout, theme, {
      isSelected: (row) => has(selection, row),
      count: selection.count,
      many: selection.count > RINGED,
      hover: null,
    });
  }

  private measure(): void {
    const { clientWidth: width, clientHeight: height } = this.element;
    const old = this.size.peek();
    if (width === old.width && height === old.height) return;
    const scale = devicePixelRatio;
    for (const canvas of this.layers) {
      canvas.width = Math.round(width * scale);
      canvas.height = Math.round(height * scale);
    }
    this.size.value = { width, height };
  }

  /** Repaints a layer in the next frame when what its painting reads changes. */
  private paintWhen(layer: 0 | 1 | 2, paint: (p: Painter, layout: L) => void): void {
    let stop = () => {};
    let stopped = false;
    const run = () => {
      if (stopped) return;
      stop();
      let first = true;
      stop = effect(() => {
        if (!first) {
          // Signals may be read again only in the frame: until then one notice is enough.
          request(run);
          return;
        }
        first = false;
        const { width, height } = this.size.value;
        this.fonts.value;
        if (width < 40 || height < 40) return;
        const p = new CanvasPainter(this.layers[layer].getContext("2d")!, devicePixelRatio);
        p.clear();
        paint(p, this.layout.value);
      });
    };
    run();
    this.stops.push(() => {
      stopped = true;
      stop();
    });
  }

  private paintOverlay(p: Painter, layout: L): void {
    const selection = this.ws.selection.value;
    const theme = this.theme.value;
    const hover = this.ws.hover.value;
    this.view.paintOverlay(p, layout, theme, {
      isSelected: (row) => has(selection, row),
      count: selection.count,
      many: selection.count > RINGED,
      hover,
    });
    const b = this.brush.value;
    if (!b) return;
    const [x, y, w, h] = [Math.min(b.x0, b.x1), Math.min(b.y0, b.y1), Math.abs(b.x1 - b.x0), Math.abs(b.y1 - b.y0)];
    p.rect(x, y, w, h, theme.accent, 0.1);
    p.frame(x + 0.5, y + 0.5, w, h, { stroke: theme.accent, width: 1 });
  }

  private listen(): void {
    const on = <K extends keyof HTMLElementEventMap>(name: K, act: (e: HTMLElementEventMap[K]) => void) => {
      this.element.addEventListener(name, act);
      this.stops.push(() => this.element.removeEventListener(name, act));
    };
    const at = (e: PointerEvent): [number, number] => {
      const box = this.element.getBoundingClientRect();
      return [e.clientX - box.left, e.clientY - box.top];
    };
    on("pointermove", (e) => this.move(...at(e)));
    on("pointerleave", () => {
      // The next element may have been entered already: only what was pointed at here is forgotten.
      if (this.ws.hover.peek() === this.pointed) this.ws.hover.value = null;
      this.pointed = null;
    });
    on("pointerdown", (e) => {
      if (e.button !== 0) return;
      const [x, y] = at(e);
      this.element.setPointerCapture(e.pointerId);
      this.brush.value = { x0: x, y0: y, x1: x, y1: y };
      this.ws.brushing.value = true;
    });
    on("pointerup", (e) => this.release(e.ctrlKey || e.metaKey || e.altKey || e.shiftKey));
    on("pointercancel", () => {
      this.brush.value = null;
      this.ws.brushing.value = false;
    });
  }

  private move(x: number, y: number): void {
    const brush = this.brush.peek();
    if (brush) {
      this.brush.value = { ...brush, x1: x, y1: y };
      const box = this.dragged();
      if (box) this.ws.select(this.view.within(this.layout.peek(), ...box));
      return;
    }
    const row = this.view.pick(this.layout.peek(), x, y);
    this.pointed = row;
    this.ws.hover.value = row;
    this.element.style.cursor = row === null ? "crosshair" : "pointer";
  }

  private release(add: boolean): void {
    const box = this.dragged();
    const brush = this.brush.peek();
    this.brush.value = null;
    this.ws.brushing.value = false;
    if (!brush || box) return;
    const layout = this.layout.peek();
    const row = this.view.pick(layout, brush.x0, brush.y0);
    if (row !== null) this.ws.select([row], add ? "toggle" : "replace");
    else if (!this.view.clickAt(layout, brush.x0, brush.y0, add) && !add) this.ws.select([]);
  }

  /** The box of the brush once it is more than a trembling hand. */
  private dragged(): [number, number, number, number] | null {
    const b = this.brush.peek();
    if (!b || Math.abs(b.x1 - b.x0) + Math.abs(b.y1 - b.y0) < 5) return null;
    return [Math.min(b.x0, b.x1), Math.min(b.y0, b.y1), Math.max(b.x0, b.x1), Math.max(b.y0, b.y1)];
  }
}
