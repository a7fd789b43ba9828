/** What several tests need: fixtures, files of the field beside the checkout, small tables made by hand. */
import { existsSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { open } from "../src/core/decode";
import type { CloneRecord, TableFacts } from "../src/core/decode/builder";
import { buildTable } from "../src/core/decode/builder";
import type { Sample, Table } from "../src/core/table";

const here = import.meta.dirname;

export const fixture = (name: string): Uint8Array => new Uint8Array(readFileSync(resolve(here, "fixtures", name)));

const shared = resolve(here, "../../../shared/data/vidjil-files");

/** The path of a file of the field, or a reason to skip, which is printed. */
export function realFile(name: string): { path: string; missing: boolean } {
  const path = resolve(shared, name);
  const missing = !existsSync(path);
  if (missing) console.warn(`SKIP: ${name} is not beside the checkout (shared/data/vidjil-files)`);
  return { path, missing };
}

export async function tableOf(bytes: Uint8Array, name: string): Promise<Table> {
  const opened = await open(bytes, name);
  if (opened.kind !== "table") throw new Error(`${name} is an ${opened.kind}`);
  return opened.table;
}

export const readReal = (name: string): Promise<Table> =>
  tableOf(new Uint8Array(readFileSync(realFile(name).path)), name);

export function sample(name: string, systems: Record<string, number>, more: Partial<Sample> = {}): Sample {
  const analysed = Object.values(systems).reduce((a, b) => a + b, 0);
  return {
    originalName: `${name}.fastq`,
    name,
    date: "",
    info: "",
    producer: "",
    commandline: "",
    log: "",
    runTimestamp: "",
    total: analysed * 2,
    analysed,
    systems,
    clonotypes: {},
    diversity: {},
    ...more,
  };
}

/** A table of a few clonotypes; reads are by sample. */
export function tiny(
  records: readonly CloneRecord[],
  samples: readonly Sample[],
  more: Partial<TableFacts> = {},
): Table {
  return buildTable(records, { samples, source: { name: "tiny", producer: "test", version: "2016b" }, ...more });
}

/** Four clonotypes of two systems in two samples. */
export function small(): Table {
  return tiny(
    [
      {
        id: "AAA",
        system: "IGH",
        name: "IGHV3-9*01 7/CCCGGA/17 IGHJ6*02",
        five: "IGHV3-9*01",
        three: "IGHJ6*02",
        top: 1,
        reads: [50, 10],
        junctionaa: "CARW",
        cdr3aa: "AR",
        sequence: "ACGTACGTACGTTTGGCC",
      },
      {
        id: "CCC",
        system: "IGH",
        name: "IGHV3-11*02 0/A/0 IGHJ4*01",
        five: "IGHV3-11*02",
        three: "IGHJ4*01",
        top: 2,
        reads: [20, 0],
        sequence: "TTTTTTGGGGGGCCCCCC",
      },
      {
        id: "GGG",
        system: "TRG",
        name: "TRGV2*01 0//0 TRGJP1*01",
        five: "TRGV2*01",
        three: "TRGJP1*01",
        top: 1,
        reads: [25, 3],
        sequence: "GATTACAGATTACA",
      },
      {
        id: "TTT",
        system: "IGH+",
        name: "IGHD3-10*01 1/G/1 IGHJ4*01",
        five: "IGHD3-10*01",
        three: "IGHJ4*01",
        top: 3,
        reads: [5, 7],
        sequence: "",
      },
    ],
    [sample("A", { IGH: 100, TRG: 40, "IGH+": 10 }), sample("B", { IGH: 20, TRG: 5, "IGH+": 25 })],
  );
}
