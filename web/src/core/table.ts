/**
 * The clonotypes as columns. A table never changes once decoded: what people do stands in a Document.
 *
 * Coordinates are 0-based and half-open, -1 when unknown; files have them 1-based and closed. A row is the index of a
 * clonotype in every column; what leaves the page (links, files, the server) names clonotypes by id instead.
 */

import type { Distribution } from "./distribution";
import type { Overlaps } from "./overlap";

declare const brand: unique symbol;

/** The stable name of a clonotype: its window. */
export type CloneId = string & { readonly [brand]: "CloneId" };

export const cloneId = (text: string): CloneId => text as CloneId;

/** Index of a clonotype in the columns of one table. */
export type Row = number;

/** Index of a sample in the file's order, whatever order is displayed. */
export type SampleIndex = number;

/** Text by row, decoded when asked for: 100 000 strings would cost more than they are read. */
export interface TextColumn {
  readonly length: number;
  at(row: Row): string;
}

/** Few distinct texts over many rows. */
export interface Dictionary {
  readonly codes: Int32Array;
  readonly values: readonly string[];
}

export interface Span {
  readonly start: Int32Array;
  readonly end: Int32Array;
}

/** One sequenced library, as the result describes it. */
export interface Sample {
  readonly originalName: string;
  readonly name: string;
  /** Sampling date, "YYYY-MM-DD", or "". */
  readonly date: string;
  readonly info: string;
  readonly producer: string;
  readonly commandline: string;
  readonly log: string;
  readonly runTimestamp: string;
  /** All reads of the file. */
  readonly total: number;
  /** Reads in which a recombination was found. */
  readonly analysed: number;
  /** Reads by system, those of clonotypes that are not rows included. */
  readonly systems: Readonly<Record<string, number>>;
  /** Number of clonotypes by system, when the result says it. */
  readonly clonotypes: Readonly<Record<string, number>>;
  /** Diversity indices by name and by system ("all" for the whole sample). */
  readonly diversity: Readonly<Record<string, Readonly<Record<string, number>>>>;
  readonly facts?: SampleFacts;
  /** What links call it: the server's number. A file has none, and its name is digested. */
  readonly key?: string;
}

/** A line of a table of facts: what, and how much or which. */
export interface Fact {
  readonly name: string;
  readonly value: string | number;
}

/** How a sample's result came about, for people who judge it. What a file does not say is absent. */
export interface SampleFacts {
  /** Reads without a recombination, by cause, as the program names it. */
  readonly causes?: Readonly<Record<string, number>>;
  /** Reads that a filter left out. */
  readonly filtered?: number;
  readonly germline?: string;
  readonly parameters?: readonly Fact[];
  readonly preProcess?: readonly Fact[];
  /** Warnings of the whole sample. */
  readonly warnings?: readonly (Warning & { readonly level: string })[];
  /** Clonotypes before any threshold. */
  readonly windows?: number;
}

/** Productivity as the columns hold it. */
export const Productive = { unknown: -1, no: 0, yes: 1 } as const;

/** A warning of the file: a code of the field's list, the text that goes with it. */
export interface Warning {
  readonly code: string;
  readonly message: string;
}

/** A quantity that was measured otherwise, by sample in the file's order. */
export interface Series {
  readonly name: string;
  readonly values: readonly number[];
}

export interface Table {
  readonly rows: number;
  readonly samples: readonly Sample[];
  readonly source: { readonly name: string; readonly producer: string; readonly version: string };
  /** The germline set of all samples, when it is known: its name, and the digest of its content. */
  readonly germline?: { readonly name: string; readonly digest: string };
  /** Letters by system, of the germline set; empty for the usual ones. */
  readonly shortcuts: Readonly<Record<string, string>>;

  readonly id: TextColumn;
  readonly name: TextColumn;
  readonly label: Dictionary;
  readonly system: Dictionary;
  readonly five: Dictionary;
  readonly four: Dictionary;
  readonly three: Dictionary;
  /** Best rank over the samples, 1 for the largest, 0 when unknown. */
  readonly top: Int32Array;
  readonly sequence: TextColumn;
  /** Of the representative's letters, Phred + 33, one character each; "" when unknown. */
  readonly quality?: TextColumn;
  readonly sequenceLength: Int32Array;
  /** Share of G and C, NaN without a sequence. */
  readonly gc: Float32Array;
  readonly cdr3: Span;
  readonly cdr3aa: TextColumn;
  readonly junction: Span;
  readonly junctionaa: TextColumn;
  readonly productive: Int8Array;
  /** Why not productive: stop-codon, out-of-frame, …; empty when the file does not say. */
  readonly unproductive: Dictionary;
  /** The V (5') part lies before `fiveEnd`, the J (3') part from `threeStart` on. */
  readonly fiveEnd: Int32Array;
  readonly fourSpan: Span;
  readonly threeStart: Int32Array;
  readonly fiveStart: Int32Array;
  readonly threeEnd: Int32Array;
  readonly fiveDelRight: Int32Array;
  readonly fourDelLeft: Int32Array;
  readonly fourDelRight: Int32Array;
  readonly threeDelLeft: Int32Array;
  readonly evalue: Float64Array;
  /** Mean over the samples that have one of consensus length / median read length; NaN when unknown. */
  readonly coverage: Float32Array;
  /** Codes of warnings, distinct, separated by ",". */
  readonly warnings: Dictionary;
  warningsOf(row: Row): readonly Warning[];

  /** Reads by sample, then by row. */
  readonly reads: readonly Uint32Array[];
  /** Reads as normalised outside, when the file has such numbers. */
  readonly normalized: readonly Float64Array[] | null;
  /** Average read length by sample, then by row, NaN when unknown; null when the file has none. */
  readonly lengths: readonly Float32Array[] | null;

  /**
   * Columns that only some files or servers have, by name: imgt_functionality, imgt_identity, clonedb_hits,
   * clonedb_sets, v_ratio, primers_gap, similarity_nt_x, … An axis without its column is not offered.
   */
  readonly extra: {
    readonly numbers: Readonly<Record<string, Float64Array>>;
    readonly texts: Readonly<Record<string, Dictionary>>;
  };

  /** Counts over all clonotypes of each sample, those that are no rows included, when the file has them. */
  readonly distributions?: readonly (readonly Distribution[])[];
  /** Overlaps over all clonotypes, when the file has them. */
  readonly overlaps?: Overlaps;
  /** Further numbers by sample, as of flow cytometry or qPCR; NaN where unknown. */
  readonly series?: readonly Series[];

  /** Clusters that hold from the start, each with its representative first. */
  readonly clusters: readonly (readonly Row[])[];
  /** Clusters that a program proposes: likely errors of a larger clonotype. Nobody's reads move until they are accepted. */
  readonly suggested: readonly (readonly Row[])[];
  /** Why a row is in a suggested cluster, "" when the file does not say. */
  evidence(row: Row): string;
  rowOf(id: string): Row | undefined;
}

/** Rank of the text in the dictionary, -1 when absent. */
export function codeOf(dictionary: Dictionary, value: string): number {
  return dictionary.values.indexOf(value);
}

export function textAt(dictionary: Dictionary, row: Row): string {
  return dictionary.values[dictionary.codes[row]!] ?? "";
}

/** A gene without its allele: IGHV3-9 of IGHV3-9*01. */
export function geneOf(allele: string): string {
  const star = allele.indexOf("*");
  return star < 0 ? allele : allele.slice(0, star);
}
