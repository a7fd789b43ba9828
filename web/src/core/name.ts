/** Short names of recombinations. */
import type { Document } from "./document";
import type { Row, Table } from "./table";

export interface NameStyle {
  /** When alleles are written. */
  readonly alleles: "never" | "notFirst" | "always";
  /** How an inserted sequence is written: as it is up to this many letters, as its length beyond. */
  readonly lettersOfN: number;
}

export const SHORT: NameStyle = { alleles: "notFirst", lettersOfN: 6 };

const GENE = /^(IG[HKL]|TR[ABGD])([A-Z].*)$/;

/**
 * "IGHV3-9*01 7/CCCGGA/17 IGHJ6*02" becomes "IGHV3-9 7/CCCGGA/17 J6*02": the locus once, the allele when it says
 * something, long insertions as their length.
 */
export function shortName(name: string, style: NameStyle = SHORT): string {
  let locus = "";
  const words = name.split(" ").map((word) => {
    const gene = GENE.exec(word);
    if (gene) {
      const short = gene[1] === locus ? gene[2]! : word;
      locus = gene[1]!;
      return allele(short, style);
    }
    const parts = word.split("/");
    if (parts.length === 3 && parts[1]!.length > style.lettersOfN && /^[ACGTN]+$/i.test(parts[1]!)) {
      return `${parts[0]}/${parts[1]!.length}/${parts[2]}`;
    }
    return word;
  });
  return words.join(" ");
}

function allele(gene: string, style: NameStyle): string {
  if (style.alleles === "always") return gene;
  if (style.alleles === "never") return gene.replace(/\*\d+$/, "");
  return gene.replace(/\*01$/, "");
}

/** What a clonotype is called: the given name, the designation, the window. */
export function nameOf(table: Table, doc: Document, row: Row, style: NameStyle = SHORT): string {
  return doc.names.get(row) ?? (shortName(table.name.at(row), style) || table.id.at(row));
}
