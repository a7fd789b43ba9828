import { memo } from "react";
import type { Row } from "../../core/table";
import { useSignal } from "../../ui/useSignal";
import { useWorkspace } from "./context";

const [WIDTH, HEIGHT] = [42, 16];
/** Decades that the line spans: from one read in a million to all. */
const DECADES = 6;

/** The course of a clonotype over the samples on display, on a logarithmic scale. */
export const Sparkline = memo(function Sparkline({ row, color }: { row: Row; color: string }) {
  const ws = useWorkspace();
  const shown = useSignal(ws.shown);
  const clusters = useSignal(ws.clusters);
  if (shown.length < 2) return null;
  const points = shown.map((sample, i) => {
    const analysed = ws.table.samples[sample]!.analysed;
    const part = analysed > 0 ? clusters.reads.of(row, sample) / analysed : 0;
    const level = part > 0 ? Math.max(0, 1 + Math.log10(part) / DECADES) : 0;
    const x = 2 + (i / (shown.length - 1)) * (WIDTH - 4);
    return [x, HEIGHT - 2 - level * (HEIGHT - 4)] as const;
  });
  const path = points.map(([x, y], i) => `${i === 0 ? "M" : "L"}${x.toFixed(1)} ${y.toFixed(1)}`).join("");
  return (
    <svg className="sparkline" width={WIDTH} height={HEIGHT} aria-hidden="true">
      <path d={path} fill="none" stroke={color} strokeWidth="1.4" strokeLinejoin="round" />
    </svg>
  );
});
