/**
 * Tools of other sites that people send sequences to. A request is a value, made before anybody decides: what is shown
 * first is what is sent then, letter by letter. The sites are those that the server's content policy lets forms go to.
 */
import { locusOf } from "./system";

export interface ToolSequence {
  /** What it is called over there: a number, never a name of a patient or a sample. */
  readonly label: string;
  readonly system: string;
  readonly sequence: string;
}

export interface ToolRequest {
  readonly action: string;
  readonly encoding: "application/x-www-form-urlencoded" | "multipart/form-data";
  readonly fields: Readonly<Record<string, string>>;
  readonly sequences: number;
  /** Left out because the tool takes no more, or none of their locus. */
  readonly left: number;
}

export interface Tool {
  readonly id: string;
  readonly name: string;
  /** Who runs it, and where: for the person who decides. */
  readonly operator: string;
  readonly site: string;
  readonly most: number;
  takes(system: string): boolean;
  fields(fasta: string, system: string, species: string): Readonly<Record<string, string>>;
  readonly action: string;
  readonly encoding?: ToolRequest["encoding"];
}

const receptor = (system: string): boolean => /^(IG[HKL]|TR[ABDG])/.test(locusOf(system));
const isIg = (system: string): boolean => locusOf(system).startsWith("IG");

/** Form fields of each tool, and their limits, are those that its own page uses. */
export const TOOLS: readonly Tool[] = [
  {
    id: "vquest",
    name: "IMGT/V-QUEST",
    operator: "IMGT, Université de Montpellier (France)",
    site: "https://www.imgt.org",
    most: 50,
    takes: receptor,
    action: "https://www.imgt.org/IMGT_vquest/analysis",
    encoding: "multipart/form-data",
    fields: (fasta, system, species) => ({
      species,
      receptorOrLocusType: locusOf(system),
      inputType: "inline",
      sequences: fasta,
      resultType: "detailed",
      outputType: "html",
      nbNtPerLine: "60",
      dv_V_GENEalignment: "true",
      dv_D_GENEalignment: "false",
      dv_J_GENEalignment: "true",
      dv_IMGTjctaResults: "true",
      dv_JUNCTIONseq: "true",
      dv_V_REGIONmuttable: "true",
      dv_V_REGIONmutstats: "true",
      IMGTrefdirSet: "1",
      IMGTrefdirAlleles: "true",
      V_REGIONsearchIndel: "true",
      nbD_GENE: "-1",
      nbVmut: "-1",
      nbDmut: "-1",
      nbJmut: "-1",
      nb5V_REGIONignoredNt: "0",
      nb3V_REGIONaddedNt: "0",
      ...(locusOf(system) === "IGH" ? { cllSubsetSearch: "true" } : {}),
    }),
  },
  {
    id: "igblast",
    name: "IgBLAST",
    operator: "NCBI, National Library of Medicine (United States)",
    site: "https://www.ncbi.nlm.nih.gov",
    most: 100,
    takes: receptor,
    action: "https://www.ncbi.nlm.nih.gov/igblast/igblast.cgi",
    fields: (fasta, system, species) => ({
      organism: species,
      queryseq: fasta,
      program: "blastn",
      domain: "imgt",
      translation: "true",
      seqtype: isIg(system) ? "Ig" : "TCR",
      SEARCH_TYPE: isIg(system) ? "IG" : "TCR",
      ...(species === "human"
        ? {
            germline_db_V: `IG_DB/imgt.${isIg(system) ? "" : "TR."}Homo_sapiens.V.f.orf.p`,
            germline_db_D: `IG_DB/imgt.${isIg(system) ? "" : "TR."}Homo_sapiens.D.f.orf`,
            germline_db_J: `IG_DB/imgt.${isIg(system) ? "" : "TR."}Homo_sapiens.J.f.orf${isIg(system) ? "" : ".p"}`,
          }
        : {}),
      num_alignments_V: "3",
      num_alignments_D: "3",
      num_alignments_J: "3",
    }),
  },
  {
    id: "blast",
    name: "BLAST (nucleotide)",
    operator: "NCBI, National Library of Medicine (United States)",
    site: "https://blast.ncbi.nlm.nih.gov",
    most: 30,
    takes: () => true,
    action: "https://blast.ncbi.nlm.nih.gov/Blast.cgi",
    fields: (fasta) => ({ PAGE_TYPE: "BlastSearch", PROGRAM: "blastn", DATABASE: "nt", QUERY: fasta }),
  },
  {
    id: "subsets",
    name: "ARResT/AssignSubsets",
    operator: "Bioinformatics Analysis Team, CEITEC and CERTH (Czechia, Greece)",
    site: "https://bat.infspire.org",
    most: 50,
    takes: (system) => locusOf(system) === "IGH",
    action: "https://bat.infspire.org/cgi-bin/arrest/assignsubsets_html.pl",
    encoding: "multipart/form-data",
    fields: (fasta) => ({ fastatext: fasta, elite: "" }),
  },
  {
    id: "junctions",
    name: "ARResT/CompileJunctions",
    operator: "Bioinformatics Analysis Team, CEITEC and CERTH (Czechia, Greece)",
    site: "https://bat.infspire.org",
    most: 50,
    takes: receptor,
    action: "https://bat.infspire.org/cgi-bin/arrest/compile.junctions.online.pl",
    fields: (fasta) => ({ fname: "exported_func", args: fasta, elite: "" }),
  },
];

/** Those that a server offers, of their names; undefined is all. */
export const offered = (names: readonly string[] | undefined): readonly Tool[] =>
  names ? TOOLS.filter((t) => names.includes(t.id)) : TOOLS;

/** The loci of sequences that a tool takes, each one request: tools are told one locus. */
export function lociFor(tool: Tool, sequences: readonly ToolSequence[]): readonly string[] {
  return [...new Set(sequences.filter((s) => tool.takes(s.system)).map((s) => locusOf(s.system)))];
}

/** What is sent, for the sequences of one locus ("" for all of them, where the tool does not ask). */
export function requestOf(
  tool: Tool,
  sequences: readonly ToolSequence[],
  locus: string,
  species: string,
): ToolRequest | null {
  const fitting = sequences.filter((s) => s.sequence !== "" && tool.takes(s.system) && locusOf(s.system) === locus);
  const sent = fitting.slice(0, tool.most);
  if (sent.length === 0) return null;
  const fasta = sent.map((s) => `>${s.label}\n${s.sequence}\n`).join("");
  return {
    action: tool.action,
    encoding: tool.encoding ?? "application/x-www-form-urlencoded",
    fields: tool.fields(fasta, sent[0]!.system, species),
    sequences: sent.length,
    left: fitting.length - sent.length,
  };
}
