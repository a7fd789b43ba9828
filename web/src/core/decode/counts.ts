/** What a .vidjil file counts over all clonotypes, and numbers of other measurements by sample. */
import type { Bin, Distribution } from "../distribution";
import type { Overlaps } from "../overlap";
import type { Series, Table } from "../table";
import type { Json, JsonObject } from "./json";
import { isObject, list, listOrOne, numeric, object, string } from "./json";

export type Counts = Pick<Table, "distributions" | "overlaps" | "series">;

/** Members that the file does not have stay absent. */
export function readCounts(file: JsonObject, names: readonly string[]): Counts {
  const distributions = readDistributions(object(file.distributions), names);
  const overlaps = readOverlaps(object(file.overlaps), names.length);
  const series = readSeries([file.data, file.data_external], names.length);
  return {
    ...(distributions.some((d) => d.length > 0) ? { distributions } : {}),
    ...(overlaps ? { overlaps } : {}),
    ...(series.length > 0 ? { series } : {}),
  };
}

/** By sample, in the file's order: repertoires are named as samples are. */
function readDistributions(file: JsonObject, names: readonly string[]): Distribution[][] {
  const keys = listOrOne(file.keys).map(string);
  const [clones, reads] = [keys.indexOf("clones"), keys.indexOf("reads")];
  if (clones < 0 || reads < 0) return [];
  const repertoires = object(file.repertoires);
  return names.map((name) =>
    list(repertoires[name])
      .filter(isObject)
      .map((one) => {
        const axes = list(one.axes).map(string);
        const bins: Bin[] = [];
        walk(one.values, axes.length, [], (values, counts) =>
          bins.push({ values, clonotypes: numeric(counts[clones]) ?? 0, reads: numeric(counts[reads]) ?? 0 }),
        );
        return { axes, bins };
      })
      .filter((one) => one.axes.length > 0 && one.bins.length > 0),
  );
}

/** Of the server's columns: lists with an element for each place. */
export function readColumnCounts(meta: JsonObject): Pick<Counts, "distributions" | "overlaps"> {
  const samples = list(meta.samples).map(object);
  const distributions = samples.map((sample) =>
    list(sample.distributions)
      .map(object)
      .map((one): Distribution => {
        const [clonotypes, reads] = [list(one.clonotypes), list(one.reads)];
        return {
          axes: list(one.axes).map(string),
          bins: list(one.at).map((at, i) => ({
            values: list(at).map(string),
            clonotypes: numeric(clonotypes[i]) ?? 0,
            reads: numeric(reads[i]) ?? 0,
          })),
        };
      })
      .filter((one) => one.axes.length > 0 && one.bins.length > 0),
  );
  const overlaps = readOverlaps(object(meta.overlaps), samples.length);
  return {
    ...(distributions.some((d) => d.length > 0) ? { distributions } : {}),
    ...(overlaps ? { overlaps } : {}),
  };
}

/** Values are nested, an object for each axis. */
function walk(
  at: Json,
  depth: number,
  values: readonly string[],
  found: (values: readonly string[], counts: readonly Json[]) => void,
): void {
  if (depth === 0) {
    if (Array.isArray(at)) found(values, at);
    return;
  }
  for (const [value, below] of Object.entries(object(at))) walk(below, depth - 1, [...values, value], found);
}

/**
 * Matrices of the file. Morisita's index of other programs takes numbers of reads for shares, so that it depends on how
 * deep samples were sequenced: it is taken over only from files that say how many clonotypes are shared, as ours do.
 */
function readOverlaps(file: JsonObject, n: number): Overlaps | null {
  const matrix = (key: string): number[][] | null => {
    const rows = list(file[key]).map((row) => list(row).map((v) => numeric(v) ?? Number.NaN));
    return rows.length === n && rows.every((row) => row.length === n) ? rows : null;
  };
  const [morisita, jaccard, shared] = [matrix("morisita"), matrix("jaccard"), matrix("shared")];
  return morisita && jaccard && shared ? { morisita, jaccard, shared, complete: true } : null;
}

function readSeries(sources: readonly Json[], n: number): Series[] {
  const out: Series[] = [];
  for (const source of sources) {
    for (const [name, values] of Object.entries(object(source))) {
      const numbers = listOrOne(isObject(values) ? values.values : values).map((v) => numeric(v) ?? Number.NaN);
      if (numbers.some(Number.isFinite))
        out.push({ name, values: Array.from({ length: n }, (_, i) => numbers[i] ?? Number.NaN) });
    }
  }
  return out;
}
