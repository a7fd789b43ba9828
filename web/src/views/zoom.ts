/** Looking closer at the number axes of a plot, about a point. */
import type { Axis } from "../core/axes/axis";
import type { AxisView, PlotConfig } from "../core/axes/presets";
import { withView } from "../core/axes/presets";
import type { PlotLayout } from "./plot";
import { isLog } from "./scale";

/** Significant digits that a bound keeps: links stay short, and a pixel is still exact. */
const DIGITS = 4;

/**
 * The plot after zooming by a factor (above 1 comes closer) about a pixel; null when no axis is a number. Classes and
 * bars are not zoomed vertically: heights start at zero.
 */
export function zoomed(
  config: PlotConfig,
  layout: PlotLayout,
  [xAxis, yAxis]: readonly [Axis, Axis],
  x: number,
  y: number,
  by: number,
): PlotConfig | null {
  const { area } = layout;
  let next: PlotConfig | null = null;
  const sides = [
    ["xView", xAxis, layout.xScale, x, area.left, area.right],
    ["yView", yAxis, layout.yScale, y, area.bottom, area.top],
  ] as const;
  for (const [which, axis, scale, at, from, to] of sides) {
    const valueAt = scale?.valueAt;
    if (axis.kind !== "number" || !valueAt || at < Math.min(from, to) || at > Math.max(from, to)) continue;
    const bounds = [valueAt(at + (from - at) / by), valueAt(at + (to - at) / by)];
    const old = (next ?? config)[which];
    const view = bounded(old, Math.min(...bounds), Math.max(...bounds), isLog(axis, old));
    next = withView(next ?? config, which, view);
  }
  return next;
}

function bounded(old: AxisView | undefined, low: number, high: number, log: boolean): AxisView {
  const round = (v: number) => Number(v.toPrecision(DIGITS));
  const min = log ? Math.max(low, Number.MIN_VALUE) : low;
  return { ...old, min: round(min), max: round(high) };
}
