/** Plots that a key brings: 0 to 9, and with Shift 10 to 17. */

export type PlotMode = "grid" | "bars" | "heat";

export interface PlotConfig {
  readonly mode: PlotMode;
  readonly x: string;
  /** Unused by bars, whose y is the size. */
  readonly y: string;
}

const grid = (x: string, y: string): PlotConfig => ({ mode: "grid", x, y });
const bars = (x: string): PlotConfig => ({ mode: "bars", x, y: "size" });

export const PRESETS: readonly PlotConfig[] = [
  grid("five_gene", "three_gene"),
  grid("five_allele", "three_allele"),
  grid("five_gene", "n_length"),
  grid("read_length", "system"),
  bars("read_length"),
  bars("five_gene"),
  bars("n_length"),
  bars("cdr3_length"),
  bars("three_gene"),
  grid("size", "size_other"),
  grid("read_length", "gc"),
  grid("coverage", "gc"),
  grid("samples", "system"),
  bars("five_deletions"),
  bars("three_deletions"),
  bars("primers_gap"),
  grid("similarity_nt_x", "similarity_nt_y"),
  grid("system", "size_in_system"),
];
