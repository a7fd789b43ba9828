/** What the panel of sequences shows besides the letters: a preference of a person on this computer. */
import { signal } from "@preact/signals-core";

export interface PanelOptions {
  readonly amino: boolean;
  readonly quality: boolean;
  readonly mutations: boolean;
  /** Germline genes under each clonotype. */
  readonly germline: boolean;
  readonly dots: boolean;
  /** Axes beside the names, in their order. */
  readonly columns: readonly string[];
}

/** The column that is computed of the letters and the germline; all others are axes. */
export const IDENTITY = "identity";

const KEY = "vidjil.sequences";
const DEFAULTS: PanelOptions = {
  amino: false,
  quality: false,
  mutations: false,
  germline: false,
  dots: false,
  columns: [],
};
const FLAGS = ["amino", "quality", "mutations", "germline", "dots"] as const;

function read(): PanelOptions {
  try {
    const saved: unknown = JSON.parse(localStorage.getItem(KEY) ?? "{}");
    if (typeof saved !== "object" || saved === null) return DEFAULTS;
    const values = saved as Record<string, unknown>;
    const flags = Object.fromEntries(FLAGS.map((flag) => [flag, values[flag] === true]));
    const columns = Array.isArray(values.columns) ? values.columns.filter((c) => typeof c === "string") : [];
    return { ...DEFAULTS, ...flags, columns };
  } catch {
    return DEFAULTS; // private windows may refuse storage
  }
}

export const panelOptions = signal<PanelOptions>(typeof localStorage === "undefined" ? DEFAULTS : read());

export function setPanel(change: Partial<PanelOptions>): void {
  panelOptions.value = { ...panelOptions.peek(), ...change };
  try {
    localStorage.setItem(KEY, JSON.stringify(panelOptions.peek()));
  } catch {
    // it then lasts as long as the page
  }
}
