/** The standard genetic code (NCBI translation table 1), and translation in the frame of a junction. */

const BASES = "TCAG";
/** Amino acids of the 64 codons, bases in the order T, C, A, G, the third letter running fastest. */
const AMINO_ACIDS = "FFLLSSSSYY**CC*WLLLLPPPPHHQQRRRRIIIMTTTTNNKKSSRRVVVVAAAADDEEGGGG";

const AMBIGUOUS: Readonly<Record<string, string>> = {
  A: "A",
  C: "C",
  G: "G",
  T: "T",
  U: "T",
  R: "AG",
  Y: "CT",
  S: "CG",
  W: "AT",
  K: "GT",
  M: "AC",
  B: "CGT",
  D: "AGT",
  H: "ACT",
  V: "ACG",
  N: "ACGT",
};

/**
 * The amino acid of three nucleotides, of either case. Ambiguous letters are resolved where all readings agree (CGN is
 * R), otherwise X; anything else than nucleotides is "?".
 */
export function aminoAcid(codon: string): string {
  if (codon.length !== 3) return "?";
  let found = "";
  const [first, second, third] = [...codon.toUpperCase()].map((letter) => AMBIGUOUS[letter]);
  if (!first || !second || !third) return "?";
  for (const a of first)
    for (const b of second)
      for (const c of third) {
        const aa = AMINO_ACIDS[BASES.indexOf(a) * 16 + BASES.indexOf(b) * 4 + BASES.indexOf(c)]!;
        if (found !== "" && found !== aa) return "X";
        found = aa;
      }
  return found;
}

/** Where a codon lies on the sequence, and what it means; "#" spans what a frameshift leaves over. */
export interface Codon {
  readonly start: number;
  readonly end: number;
  readonly aa: string;
}

/**
 * Codons of a whole sequence in the frame of its CDR3. When the CDR3 is out of frame, the part before it reads in the
 * frame of its start, the part after it in the frame of its end, and one "#" between them takes the odd nucleotides.
 */
export function translate(sequence: string, cdr3Start: number, cdr3End: number): readonly Codon[] {
  if (cdr3Start < 0) return [];
  const codons: Codon[] = [];
  const read = (from: number, to: number) => {
    for (let i = from; i + 3 <= to; i += 3)
      codons.push({ start: i, end: i + 3, aa: aminoAcid(sequence.slice(i, i + 3)) });
  };
  const length = cdr3End - cdr3Start;
  const odd = cdr3End > cdr3Start ? length % 3 : 0;
  if (odd === 0) {
    read(cdr3Start % 3, sequence.length);
    return codons;
  }
  // The odd nucleotides stand in the middle: both ends of a junction are the conserved ones.
  const before = cdr3Start + 3 * Math.ceil((length - odd) / 6);
  read(cdr3Start % 3, before);
  codons.push({ start: before, end: before + odd, aa: "#" });
  read(before + odd, sequence.length);
  return codons;
}
