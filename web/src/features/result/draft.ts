/**
 * What was noted and did not reach the server, kept in this browser until it does: a broken line, a session that ended or
 * a page that was closed loses nothing. One draft for each person and set. Drafts are not shown to anybody else who signs
 * in here, and go when they are saved or discarded, or after a month.
 */
import type { AnnotationBody } from "../../api/types";
import type { DraftKeeper } from "./autosave";

export interface Draft {
  /** When it was written, milliseconds. */
  readonly at: number;
  /** The version that it changes; -1 when somebody else had saved already. */
  readonly version: number;
  /** That version. */
  readonly base: AnnotationBody;
  readonly body: AnnotationBody;
}

const DATABASE = "vidjil";
const TABLE = "drafts";
const MONTH_MS = 31 * 24 * 3600_000;

const answer = <T>(request: IDBRequest<T>): Promise<T> =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error ?? new Error("storage refused"));
  });

async function table(mode: IDBTransactionMode): Promise<IDBObjectStore> {
  const opening = indexedDB.open(DATABASE, 1);
  opening.onupgradeneeded = () => opening.result.createObjectStore(TABLE);
  const db = await answer(opening);
  const store = db.transaction(TABLE, mode).objectStore(TABLE);
  store.transaction.oncomplete = () => db.close();
  store.transaction.onabort = () => db.close();
  return store;
}

const keyOf = (person: number, set: number): string => `${person}:${set}`;

export function draftsOf(person: number, set: number): DraftKeeper & { get(): Promise<Draft | null> } {
  const key = keyOf(person, set);
  return {
    put: async (draft) => {
      await answer((await table("readwrite")).put(draft, key));
    },
    remove: async () => {
      await answer((await table("readwrite")).delete(key));
    },
    get: async () => {
      const found = (await answer((await table("readonly")).get(key))) as Draft | undefined;
      return found && Date.now() - found.at < MONTH_MS ? found : null;
    },
  };
}
