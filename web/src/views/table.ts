/** The data of a picture as a table, for who cannot see it and for other programs. */

export interface DataTable {
  readonly head: readonly string[];
  /** NaN is what is not known. */
  readonly rows: readonly (readonly (string | number)[])[];
}

const cell = (value: string | number): string => {
  if (typeof value === "number") return Number.isNaN(value) ? "" : String(value);
  // Tabs and line ends would make other columns and rows; a first sign would make a formula of a spreadsheet.
  const text = value.replace(/[\t\r\n]+/g, " ");
  return /^[=+@-]/.test(text) ? `'${text}` : text;
};

/** Tab-separated values with a head; numbers with a point and all their digits. */
export const toTsv = ({ head, rows }: DataTable): string =>
  [head, ...rows].map((row) => `${row.map(cell).join("\t")}\n`).join("");
