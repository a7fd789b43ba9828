/** The grid in which sets are typed or pasted: rows of texts by field. No DOM: what a paste does is tested. */
import type { Kind, NewSet } from "../../api/types";

export type Field = "first_name" | "last_name" | "birth" | "label" | "name" | "run_date" | "sequencer" | "pcr" | "info";
export type Row = Partial<Record<Field, string>>;

export const FIELDS: Readonly<Record<Kind, readonly Field[]>> = {
  patient: ["last_name", "first_name", "birth", "label", "info"],
  run: ["name", "run_date", "sequencer", "pcr", "label", "info"],
  set: ["name", "label", "info"],
};

export const NEEDED: readonly Field[] = ["last_name", "name"];

/** Rows as many as one request takes. */
export const MOST = 100;

export const isBlank = (row: Row): boolean => Object.values(row).every((v) => v.trim() === "");

/** Cells of a spreadsheet as it puts them on the clipboard: tabs, lines, quotes round cells that hold either. */
export function cellsOf(text: string): string[][] {
  const rows: string[][] = [[]];
  let cell = "";
  let quoted = false;
  const end = () => {
    rows.at(-1)?.push(cell.trim());
    cell = "";
  };
  for (let i = 0; i < text.length; i++) {
    const c = text.charAt(i);
    if (quoted) {
      if (c !== '"') cell += c;
      else if (text.charAt(i + 1) === '"') {
        cell += '"';
        i++;
      } else quoted = false;
    } else if (c === '"' && cell === "") quoted = true;
    else if (c === "\t") end();
    else if (c === "\n") {
      end();
      rows.push([]);
    } else if (c !== "\r") cell += c;
  }
  end();
  return rows.filter((row) => row.some((v) => v !== ""));
}

/** A date as spreadsheets write it, as YYYY-MM-DD where that is certain; else as it was: the server will ask. */
export function isoDate(text: string): string {
  const ymd = /^(\d{4})[/.](\d{1,2})[/.](\d{1,2})$/.exec(text);
  if (ymd) return `${ymd[1]}-${ymd[2]?.padStart(2, "0")}-${ymd[3]?.padStart(2, "0")}`;
  // 31/12/1999 can only be read in one way; 3/4/1999 is March or April, which nobody may guess of a patient.
  const dmy = /^(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})$/.exec(text);
  if (dmy && Number(dmy[1]) > 12 && Number(dmy[2]) <= 12)
    return `${dmy[3]}-${dmy[2]?.padStart(2, "0")}-${dmy[1]?.padStart(2, "0")}`;
  return text;
}

const isDate = (field: Field) => field === "birth" || field === "run_date";

/** Words that a header may have for a field, letters alone, in the languages of those who paste. */
const HEADERS: Readonly<Record<Field, readonly string[]>> = {
  first_name: ["firstname", "givenname", "prenom", "vorname"],
  last_name: ["lastname", "surname", "familyname", "nom", "nachname"],
  birth: [
    "birth",
    "born",
    "birthdate",
    "dateofbirth",
    "birthday",
    "dob",
    "naissance",
    "datedenaissance",
    "geburtsdatum",
  ],
  label: ["id", "identifier", "label", "patientid", "runid", "identifiant", "ipp"],
  name: ["name", "run", "runname", "set", "setname", "nom"],
  run_date: ["date", "rundate"],
  sequencer: ["sequencer", "sequenceur", "instrument"],
  pcr: ["pcr"],
  info: ["info", "information", "informations", "comment", "comments", "commentaire"],
};

const letters = (text: string): string =>
  text
    .normalize("NFD")
    .toLowerCase()
    .replace(/[^a-z]/g, "");

/**
 * Which field each column of a pasted header is for, null for those that are for none; null when the line is no header. A
 * single word is one only when nothing else stands in the line: a patient may be called Nom.
 */
export function headerOf(kind: Kind, line: readonly string[]): readonly (Field | null)[] | null {
  const fields = line.map((cell) => FIELDS[kind].find((f) => HEADERS[f].includes(letters(cell))) ?? null);
  const known = fields.filter((f) => f !== null);
  const needed = known.some((f) => NEEDED.includes(f));
  return needed && new Set(known).size === known.length && (known.length >= 2 || line.length === 1) ? fields : null;
}

/**
 * Rows after cells were pasted at a field of a row, or, under a header, where that says; null when the text is a single
 * cell, which the field takes itself.
 */
export function paste(
  kind: Kind,
  rows: readonly Row[],
  at: number,
  field: Field,
  text: string,
): { rows: readonly Row[]; count: number } | null {
  const cells = cellsOf(text);
  if (cells.length <= 1 && (cells[0]?.length ?? 0) <= 1) return null;
  const header = cells.length > 1 && cells[0] ? headerOf(kind, cells[0]) : null;
  const fields = header ?? FIELDS[kind].slice(FIELDS[kind].indexOf(field));
  const lines = header ? cells.slice(1) : cells;
  const out = [...rows];
  lines.slice(0, MOST - at).forEach((line, i) => {
    const row: Row = { ...out[at + i] };
    line.forEach((value, j) => {
      const target = fields[j];
      if (target) row[target] = isDate(target) ? isoDate(value) : value;
    });
    out[at + i] = row;
  });
  return { rows: out, count: Math.min(lines.length, MOST - at) };
}

/** What is sent: rows that say something, and where each stands in the grid, since faults name sent rows. */
export function toSend(kind: Kind, groupId: number, rows: readonly Row[]): { sets: NewSet[]; places: number[] } {
  const places = rows.map((row, i) => (isBlank(row) ? -1 : i)).filter((i) => i >= 0);
  const sets = places.map((i): NewSet => {
    const filled = FIELDS[kind].map((f) => [f, rows[i]?.[f]?.trim() ?? ""] as const).filter(([, v]) => v !== "");
    return { kind, ...(groupId > 0 ? { group_id: groupId } : {}), ...Object.fromEntries(filled) };
  });
  return { sets, places };
}
