/** What a brush or a lasso goes round, in pixels of a picture. */
export interface Region {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
  /** Whether a point of the box is inside. */
  has(x: number, y: number): boolean;
}

export function boxRegion(x0: number, y0: number, x1: number, y1: number): Region {
  return {
    left: Math.min(x0, x1),
    right: Math.max(x0, x1),
    top: Math.min(y0, y1),
    bottom: Math.max(y0, y1),
    has: () => true,
  };
}

/** x and y alternate; the last point is joined to the first. Where the line crosses itself, parts gone round twice are out. */
export function polygonRegion(points: readonly number[]): Region {
  const xs = points.filter((_, i) => i % 2 === 0);
  const ys = points.filter((_, i) => i % 2 === 1);
  return {
    left: Math.min(...xs),
    right: Math.max(...xs),
    top: Math.min(...ys),
    bottom: Math.max(...ys),
    has: (x, y) => inside(points, x, y),
  };
}

export const touches = (region: Region, left: number, top: number, right: number, bottom: number): boolean =>
  right > region.left && left < region.right && bottom > region.top && top < region.bottom;

/** Even-odd rule. */
export function inside(points: readonly number[], px: number, py: number): boolean {
  let odd = false;
  for (let i = 0, j = points.length - 2; i < points.length; j = i, i += 2) {
    const [xi, yi, xj, yj] = [points[i]!, points[i + 1]!, points[j]!, points[j + 1]!];
    if (yi > py !== yj > py && px < ((xj - xi) * (py - yi)) / (yj - yi) + xi) odd = !odd;
  }
  return odd;
}
