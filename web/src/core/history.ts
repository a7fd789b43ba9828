/** Undo and redo. Documents are values, so going back is exact; the log of changes is what autosave sends. */
import type { Change, Document } from "./document";

export interface Step {
  readonly change: Change;
  readonly before: Document;
  readonly after: Document;
}

/** Itself a value: a page keeps one in a signal. */
export interface History {
  readonly done: readonly Step[];
  readonly undone: readonly Step[];
}

/** A day's work stays undoable; a step costs what it changed. */
const LIMIT = 500;

export const EMPTY: History = { done: [], undone: [] };

export function record(history: History, step: Step): History {
  return { done: [...history.done, step].slice(-LIMIT), undone: [] };
}

export function undo(history: History): { history: History; document: Document } | null {
  const step = history.done.at(-1);
  if (!step) return null;
  return { history: { done: history.done.slice(0, -1), undone: [...history.undone, step] }, document: step.before };
}

export function redo(history: History): { history: History; document: Document } | null {
  const step = history.undone.at(-1);
  if (!step) return null;
  return { history: { done: [...history.done, step], undone: history.undone.slice(0, -1) }, document: step.after };
}
