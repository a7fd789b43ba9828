/**
 * What an axis is: one value per clonotype, with how it is drawn and where it may be used. Plots, columns of the list,
 * colours, filters and exports all read the same registry, so that an axis is added in one place.
 */

import type { Clusters } from "../clusters";
import type { Document } from "../document";
import type { Sequences } from "../sequences";
import type { Denominator } from "../size";
import type { Dictionary, SampleIndex, Table } from "../table";

/** What values may depend on. A value is recomputed when one of its axis's dependencies changes. */
export interface AxisContext {
  readonly table: Table;
  readonly doc: Document;
  readonly clusters: Clusters;
  readonly denominator: Denominator;
  readonly sample: SampleIndex;
  /** The sample that a pair of samples is compared with. */
  readonly other: SampleIndex;
  readonly shown: readonly SampleIndex[];
  readonly sequences: Sequences;
}

export type Dependency = "doc" | "sample" | "other" | "denominator" | "shown" | "sequences";

/** Where an axis is offered. */
export type Use = "plot" | "column" | "colour";

interface Common {
  readonly id: string;
  readonly uses: readonly Use[];
  readonly depends: readonly Dependency[];
  /** False when the file does not have what the axis needs: it is then not offered. */
  available(table: Table): boolean;
}

export interface CategoryAxis extends Common {
  readonly kind: "category";
  /** "" is the class of rows without a value; it comes last. */
  values(context: AxisContext): Dictionary;
  /** Order of the classes; by number-aware alphabet when absent. */
  readonly order?: (a: string, b: string, table: Table) => number;
}

export interface NumberAxis extends Common {
  readonly kind: "number";
  readonly scale: "linear" | "log";
  /** Values are whole numbers: classes of one each. */
  readonly whole: boolean;
  readonly unit: "" | "nt" | "share" | "percent" | "reads";
  /** NaN where unknown. */
  values(context: AxisContext): ArrayLike<number>;
  /** Small values at the right, as for a size in another sample. */
  readonly reversed?: boolean;
  /** Most rows have no value, and there is no place for them: a map of some clonotypes. */
  readonly sparse?: boolean;
}

export type Axis = CategoryAxis | NumberAxis;
