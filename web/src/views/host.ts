/**
 * Puts a view on three canvases: axes, marks, and an overlay for what is chosen and pointed at, so that pointing repaints
 * next to nothing. Pointer and keys become the same few acts on the workspace for all views. No framework: a component
 * only gives the element.
 */

import type { ReadonlySignal } from "@preact/signals-core";
import { computed, effect, signal } from "@preact/signals-core";
import type { RowSet } from "../core/bits";
import { has, rowsOf } from "../core/bits";
import type { Row } from "../core/table";
import type { Workspace } from "../core/workspace";
import { CanvasPainter } from "./canvas";
import { request } from "./frame";
import type { Combine, Drag } from "./gesture";
import { combined, dragTo, paintDrag, regionOf } from "./gesture";
import type { Overlay } from "./overlay";
import type { Painter } from "./painter";
import type { Size } from "./plot";
import type { Direction } from "./plotPick";
import { SvgPainter } from "./svg";
import type { DataTable } from "./table";
import type { Theme } from "./theme";
import type { Grab, View } from "./view";

export type { View } from "./view";

/** More chosen marks than this are not ringed one by one. */
const RINGED = 300;
/** How faint marks are behind chosen ones. */
const FAINT = 0.28;
/** A notch of a wheel. */
const NOTCH = 1.25;

const ARROWS: Readonly<Record<string, Direction>> = {
  ArrowLeft: "left",
  ArrowRight: "right",
  ArrowUp: "up",
  ArrowDown: "down",
};

const combineOf = (e: { shiftKey: boolean; ctrlKey: boolean; metaKey: boolean; altKey: boolean }): Combine =>
  e.altKey ? "remove" : e.shiftKey || e.ctrlKey || e.metaKey ? "add" : "replace";

export class Host<L> {
  /** What the picture says in words: of what keys are at, or of a point that is no clonotype; "" for nothing. */
  readonly said = signal<string | Row>("");
  private readonly size = signal<Size>({ width: 0, height: 0 });
  private readonly drag = signal<Drag | null>(null);
  private readonly layers: readonly [HTMLCanvasElement, HTMLCanvasElement, HTMLCanvasElement];
  private readonly layout: ReadonlySignal<L>;
  private readonly stops: (() => void)[] = [];
  /** Counts the fonts that came: a canvas does not paint itself again with them, as text of a page does. */
  private readonly fonts = signal(0);
  /** What the pointer or the keys are at in this picture. */
  private pointed: Row | null = null;
  private grabbed: Grab | null = null;

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
        const faded = this.ws.selection.value.count > 0 && !this.view.unfaded;
        this.layers[1].style.opacity = faded ? String(FAINT) : "1";
      }),
    );
    this.listen();
  }

  stop(): void {
    for (const each of this.stops) each();
    for (const layer of this.layers) layer.remove();
  }

  table(): DataTable {
    return this.view.table(this.layout.peek());
  }

  svg(title: string): string {
    const { width, height } = this.size.peek();
    const p = new SvgPainter(width, height, this.theme.peek().panel);
    this.view.paintAxes(p, this.layout.peek(), this.theme.peek());
    p.group(this.faintness(), () => this.view.paintMarks(p, this.layout.peek(), this.theme.peek()));
    this.view.paintOverlay(p, this.layout.peek(), this.theme.peek(), this.exported());
    return p.document(title);
  }

  /** At `scale` device pixels per CSS pixel; 3 is good in print. */
  async png(scale: number): Promise<Blob> {
    const { width, height } = this.size.peek();
    const [layout, theme] = [this.layout.peek(), this.theme.peek()];
    const canvas = new OffscreenCanvas(width * scale, height * scale);
    const ctx = canvas.getContext("2d")!;
    ctx.fillStyle = theme.panel;
    ctx.fillRect(0, 0, canvas.width, canvas.height);
    const layer = new OffscreenCanvas(canvas.width, canvas.height);
    const p = new CanvasPainter(layer.getContext("2d")!, scale);
    const lay = (alpha: number, draw: () => void) => {
      p.clear();
      draw();
      ctx.globalAlpha = alpha;
      ctx.drawImage(layer, 0, 0);
    };
    lay(1, () => this.view.paintAxes(p, layout, theme));
    lay(this.faintness(), () => this.view.paintMarks(p, layout, theme));
    lay(1, () => this.view.paintOverlay(p, layout, theme, this.exported()));
    return canvas.convertToBlob({ type: "image/png" });
  }

  private faintness(): number {
    return this.ws.selection.peek().count > 0 && !this.view.unfaded ? FAINT : 1;
  }

  /** What is chosen is exported, what is pointed at is not. */
  private exported(): Overlay {
    return overlayOf(this.ws.selection.peek(), null);
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
    let empty = true;
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
        p.clear(empty);
        paint(p, this.layout.value);
        empty = p.empty;
      });
    };
    run();
    this.stops.push(() => {
      stopped = true;
      stop();
    });
  }

  private paintOverlay(p: Painter, layout: L): void {
    const theme = this.theme.value;
    this.view.paintOverlay(p, layout, theme, overlayOf(this.ws.selection.value, this.ws.hover.value));
    if (this.drag.value) paintDrag(p, this.drag.value, theme);
  }

  private listen(): void {
    const on = <K extends keyof HTMLElementEventMap>(
      name: K,
      act: (e: HTMLElementEventMap[K]) => void,
      options?: AddEventListenerOptions,
    ) => {
      this.element.addEventListener(name, act, options);
      this.stops.push(() => this.element.removeEventListener(name, act));
    };
    const at = (e: MouseEvent): [number, number] => {
      const box = this.element.getBoundingClientRect();
      return [e.clientX - box.left, e.clientY - box.top];
    };
    on("pointermove", (e) => this.move(...at(e)));
    on("pointerleave", () => this.forget());
    on("blur", () => this.forget());
    on("pointerdown", (e) => {
      if (e.button !== 0) return;
      this.element.setPointerCapture(e.pointerId);
      this.press(...at(e), combineOf(e));
    });
    on("pointerup", (e) => this.release(combineOf(e)));
    on("pointercancel", () => {
      this.grabbed?.cancel();
      this.grabbed = null;
      this.endDrag();
    });
    on("dblclick", (e) => this.view.doubleClickAt?.(this.layout.peek(), ...at(e)));
    on("keydown", (e) => this.key(e));
    on("wheel", (e) => this.wheel(e, ...at(e)), { passive: false });
  }

  private press(x: number, y: number, combine: Combine): void {
    this.grabbed = this.view.grab?.(this.layout.peek(), x, y) ?? null;
    const tool = this.ws.tool.peek();
    this.drag.value = this.grabbed ? null : { tool, combine, before: this.ws.selection.peek(), points: [x, y] };
    this.ws.brushing.value = !this.grabbed;
  }

  private move(x: number, y: number): void {
    if (this.grabbed) {
      this.grabbed.move(x, y);
      return;
    }
    const drag = this.drag.peek();
    if (drag) {
      const next = dragTo(drag, x, y);
      if (next === drag) return;
      this.drag.value = next;
      const region = regionOf(next);
      if (region) this.ws.select(combined(next, this.rowsIn(region)));
      return;
    }
    const layout = this.layout.peek();
    const row = this.view.pick(layout, x, y);
    this.pointed = row;
    this.ws.hover.value = row;
    this.said.value = (row === null && this.view.tell?.(layout, x, y)) || "";
    this.element.style.cursor = row === null ? "crosshair" : "pointer";
  }

  private rowsIn(region: Parameters<View<L>["within"]>[1]): RowSet {
    return rowsOf(this.ws.table.rows, this.view.within(this.layout.peek(), region));
  }

  private release(combine: Combine): void {
    if (this.grabbed) {
      this.grabbed.drop();
      this.grabbed = null;
      return;
    }
    const drag = this.drag.peek();
    this.endDrag();
    if (!drag || regionOf(drag)) return;
    const layout = this.layout.peek();
    const [x, y] = [drag.points[0]!, drag.points[1]!];
    const row = this.view.pick(layout, x, y);
    if (row !== null) this.ws.select([row], combine === "replace" ? "replace" : "toggle");
    else if (!this.view.clickAt(layout, x, y, combine !== "replace") && combine === "replace") this.ws.select([]);
  }

  private endDrag(): void {
    this.drag.value = null;
    this.ws.brushing.value = false;
  }

  /** The next element may have been entered already: only what was pointed at here is forgotten. */
  private forget(): void {
    if (this.ws.hover.peek() === this.pointed) this.ws.hover.value = null;
    this.pointed = null;
    this.said.value = "";
    this.view.leave?.();
  }

  /** Arrows go from mark to mark, Enter selects; with Shift what is selected grows. */
  private key(e: KeyboardEvent): void {
    if (e.ctrlKey || e.metaKey) return;
    const layout = this.layout.peek();
    const own = this.view.key?.(layout, e) ?? null;
    if (own !== null) {
      this.said.value = own;
      e.preventDefault();
      return;
    }
    if ((e.key === "Enter" || e.key === " ") && this.pointed !== null) {
      this.ws.select([this.pointed], e.shiftKey ? "toggle" : "replace");
      e.preventDefault();
      return;
    }
    const direction = ARROWS[e.key];
    if (!direction || e.altKey) return;
    const next = this.view.next(layout, this.pointed ?? this.ws.hover.peek(), direction);
    if (next === undefined) return;
    e.preventDefault();
    this.pointed = next;
    this.ws.hover.value = next;
    this.said.value = next ?? "";
    if (e.shiftKey && next !== null) this.ws.select([next], "add");
  }

  private wheel(e: WheelEvent, x: number, y: number): void {
    if (e.deltaY === 0 || !this.view.zoom) return;
    if (this.view.zoom(this.layout.peek(), x, y, e.deltaY < 0 ? NOTCH : 1 / NOTCH)) e.preventDefault();
  }
}

const overlayOf = (selection: RowSet, hover: Row | null): Overlay => ({
  isSelected: (row) => has(selection, row),
  count: selection.count,
  many: selection.count > RINGED,
  hover,
});
