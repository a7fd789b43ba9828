/** The field's codes of warnings, and how severe each is. */
import type { Table } from "./table";

export type Level = 0 | 1 | 2;

/** Levels: 0 information, 1 warning, 2 alert. */
const LEVELS: Readonly<Record<string, Level>> = {
  W0x: 1,
  W0a: 1,
  W0b: 0,
  W0z: 2,
  W09: 2,
  W10: 1,
  W1z: 1,
  W20: 2,
  W21: 0,
  W2x: 1,
  W2y: 0,
  W40: 1,
  W50: 1,
  W51: 2,
  W5a: 1,
  W53: 2,
  W5b: 0,
  W6a: 0,
  W61: 2,
  W6b: 2,
  W6c: 0,
  W6d: 0,
  W6e: 0,
  W68: 2,
  W69: 0,
  W7x: 0,
  W7a: 0,
  W7b: 0,
  W8x: 1,
  W8a: 0,
  W81: 2,
  W82: 2,
};

export const KNOWN_WARNINGS: readonly string[] = Object.keys(LEVELS);

/** A code that is not in the list is an ordinary warning: whoever wrote it wanted it seen. */
export const levelOf = (code: string): Level => LEVELS[code] ?? 1;

export const codesOf = (joined: string): readonly string[] => (joined === "" ? [] : joined.split(","));

/** The highest level among codes that are not muted; -1 without any. */
export function worst(joined: string, muted: ReadonlySet<string>): Level | -1 {
  let level: Level | -1 = -1;
  for (const code of codesOf(joined)) if (!muted.has(code)) level = Math.max(level, levelOf(code)) as Level;
  return level;
}

/** Shares of analysed reads below which a sample is doubtful or hardly usable. */
export const FEW_ANALYSED = 0.5;
export const VERY_FEW_ANALYSED = 0.1;

export function analysedLevel(analysed: number, total: number): Level | -1 {
  if (total <= 0) return -1;
  const part = analysed / total;
  return part < VERY_FEW_ANALYSED ? 2 : part < FEW_ANALYSED ? 1 : -1;
}

/** How often a code occurs among the clonotypes that a sample has. */
export interface WarningCount {
  readonly code: string;
  readonly level: Level;
  readonly clonotypes: number;
  readonly reads: number;
  readonly rows: readonly number[];
  readonly muted: boolean;
}

/** Codes of the clonotypes with reads, the most severe first. */
export function warningsIn(table: Table, reads: Uint32Array, muted: ReadonlySet<string>): readonly WarningCount[] {
  const byCode = new Map<string, { rows: number[]; reads: number }>();
  const codes = table.warnings.values.map(codesOf);
  for (let row = 0; row < table.rows; row++) {
    if (reads[row] === 0) continue;
    for (const code of codes[table.warnings.codes[row]!]!) {
      let entry = byCode.get(code);
      if (!entry) {
        entry = { rows: [], reads: 0 };
        byCode.set(code, entry);
      }
      entry.rows.push(row);
      entry.reads += reads[row]!;
    }
  }
  return [...byCode]
    .map(([code, { rows, reads: n }]) => ({
      code,
      level: levelOf(code),
      clonotypes: rows.length,
      reads: n,
      rows,
      muted: muted.has(code),
    }))
    .sort((a, b) => b.level - a.level || (a.code < b.code ? -1 : 1));
}
