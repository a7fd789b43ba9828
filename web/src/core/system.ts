/** Systems (loci and incomplete or unusual recombinations): letters, names, groups. */

/** What a read of an unknown system is called in files of several programs. */
export const UNEXPECTED = new Set(["", "xxx", "unexpected"]);

const LETTERS: Readonly<Record<string, string>> = {
  TRA: "A",
  TRB: "B",
  TRG: "G",
  TRD: "D",
  IGH: "H",
  IGK: "K",
  IGL: "L",
  "TRA+D": "a",
  "TRB+": "b",
  "TRD+": "d",
  "IGH+": "h",
  "IGK+": "k",
};

/** Display order: immunoglobulins as they rearrange, then T-cell receptors, then the rest. */
const ORDER = ["IGH", "IGH+", "IGK", "IGK+", "IGL", "TRD", "TRD+", "TRA+D", "TRA", "TRG", "TRB", "TRB+"];

/** The letter that stands for a system everywhere; x for what is not a known one. */
export function letterOf(system: string, shortcuts: Readonly<Record<string, string>> = {}): string {
  return LETTERS[system] ?? shortcuts[system]?.slice(0, 1) ?? "x";
}

/** The locus whose colour a system has: IGH for IGH+; "" for an unexpected recombination. */
export function locusOf(system: string): string {
  if (UNEXPECTED.has(system)) return "";
  const plus = system.indexOf("+");
  return plus < 0 ? system : system.slice(0, plus);
}

/** Incomplete and unusual recombinations are drawn open. */
export const isIncomplete = (system: string): boolean => system.includes("+");

/**
 * Systems whose reads are counted together as "locus (+inc)". TRD lies inside TRA and TRA+D joins the two: their reads
 * compete for the same molecules, so the four make one group.
 */
export function groupOf(system: string): string {
  const locus = locusOf(system);
  return locus === "TRA" || locus === "TRD" ? "TRA/TRD" : locus;
}

/** What the group of a system is called beside a number: IGH (+inc), TRA/TRD. */
export function groupLabel(system: string): string {
  const group = groupOf(system);
  if (group === "") return "xxx";
  return group === "TRA/TRD" ? group : `${group}(+)`;
}

export function compareSystems(a: string, b: string): number {
  const rank = (s: string) => (ORDER.includes(s) ? ORDER.indexOf(s) : UNEXPECTED.has(s) ? 99 : 50);
  return rank(a) - rank(b) || (a < b ? -1 : a > b ? 1 : 0);
}
