/** Germline sets that come with the client, for files of a computer; and which of them a file was made with. */
import type { Gene } from "./germline";
import type { Table } from "./table";

export interface GermlineSet {
  readonly name: string;
  readonly version: string;
  readonly digest: string;
  readonly genes: ReadonlyMap<string, Gene>;
}

/** Sets of the client, as the program calls its own. */
export const SPECIES = ["human", "mouse"] as const;
export type Species = (typeof SPECIES)[number];

/** Reads a table as web/tools/germlines.go writes it. Anchors are 1-based there, 0 without. */
export function parseGermlineSet(text: string): GermlineSet {
  const [head = "", ...lines] = text.trimEnd().split("\n");
  const [name = "", version = "", digest = ""] = head.replace(/^#/, "").split("\t");
  const genes = new Map<string, Gene>();
  for (const line of lines) {
    const [gene = "", segment = "", anchor = "0", sequence = ""] = line.split("\t");
    genes.set(gene, { name: gene, segment, anchor: Number(anchor) - 1, sequence });
  }
  return { name, version, digest, genes };
}

/** How programs and their files name a species. */
const NAMES: Readonly<Record<Species, RegExp>> = {
  human: /homo[-_ ]?sapiens|\bhuman\b/i,
  mouse: /mus[-_ ]?musculus|\bmouse\b/i,
};

/** The species that a file tells of: in what it says of its germline, else in the commands that made it. Null when it does not. */
export function speciesOf(table: Table): Species | null {
  const told = [
    table.germline?.name ?? "",
    ...table.samples.map((s) => s.facts?.germline ?? ""),
    ...table.samples.map((s) => s.commandline),
  ];
  for (const text of told) {
    const found = SPECIES.filter((species) => NAMES[species].test(text));
    if (found.length === 1) return found[0]!;
  }
  return null;
}
