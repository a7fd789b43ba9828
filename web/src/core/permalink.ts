/** Plots as the addresses of the original client have them: "V/5' gene,J/3' gene,grid". */
import type { PlotConfig } from "./axes/presets";
import { axisById } from "./axes/registry";

/** Axes by the words that old addresses used for them, in small letters. */
const AXES: Readonly<Record<string, string>> = {
  v: "five_gene",
  gene_v: "five_gene",
  "v/5' gene": "five_gene",
  allele_v: "five_allele",
  "v/5' allele": "five_allele",
  d: "four_gene",
  "d gene": "four_gene",
  "d allele": "four_allele",
  j: "three_gene",
  gene_j: "three_gene",
  "j/3' gene": "three_gene",
  allele_j: "three_allele",
  "j/3' allele": "three_allele",
  n: "n_length",
  "n length": "n_length",
  "sequence length": "sequence_length",
  "reads length": "read_length",
  "gc content": "gc",
  "cdr3 length": "cdr3_length",
  productivity: "productivity",
  "productivity+": "productivity_detail",
  tag: "tag",
  coverage: "coverage",
  locus: "system",
  size: "size",
  "size (other)": "size_other",
  "size in locus": "size_in_system",
  "size in locus (+inc)": "size_in_group",
  "number of samples": "samples",
  "primers gap": "primers_gap",
  "v/5' del'": "five_deletions",
  "j/3' del'": "three_deletions",
  "v/5' length": "five_length",
  "j/3' length": "three_length",
};

/** The plot of an old address; null when it names an axis that is not known here. */
export function oldPlot(text: string): PlotConfig | null {
  const [x = "", y = "", mode = ""] = text.split(",").map((word) => word.trim().toLowerCase());
  const axis = (word: string) => AXES[word] ?? (axisById(word) ? word : undefined);
  const [xAxis, yAxis] = [axis(x), axis(y)];
  if (!xAxis || !yAxis) return null;
  return mode === "bar" || mode === "bars"
    ? { mode: "bars", x: xAxis, y: "size" }
    : { mode: "grid", x: xAxis, y: yAxis };
}

/** Whether the query is one that the original's addresses have, of a set or of chosen results. */
export const isOldQuery = (query: URLSearchParams): boolean =>
  ["sample_set_id", "set", "patient", "patient_id", "run", "run_id", "generic", "custom"].some((name) =>
    query.has(name),
  );
