/**
 * Representatives that come when they are looked at. A server's table has all columns but these: for 100 000 clonotypes
 * they would be most of what is sent, and a page shows some hundred of them. A local file has them all.
 */
import type { ReadonlySignal } from "@preact/signals-core";
import { signal } from "@preact/signals-core";
import type { Row, Table, TextColumn } from "./table";

export interface Representative {
  readonly id: string;
  readonly sequence: string;
  /** Phred + 33, one character for each letter; "" when unknown. */
  readonly quality: string;
}

/** Where they come from; asked for at most `AT_ONCE` clonotypes at a time. */
export type FetchSequences = (ids: readonly string[]) => Promise<readonly Representative[]>;

/** So many are asked for in one request. */
export const AT_ONCE = 500;

export class Sequences {
  /** Grows when some have come: what shows letters reads it. */
  readonly arrived: ReadonlySignal<number>;
  /** Why the last request brought nothing; null after one that did. */
  readonly failure: ReadonlySignal<unknown>;
  private readonly known: Map<Row, Representative> | null;
  private readonly asked = new Map<Row, Promise<void>>();
  private readonly count = signal(0);
  private readonly error = signal<unknown>(null);

  constructor(
    private readonly table: Table,
    private readonly fetch: FetchSequences | null = null,
  ) {
    this.arrived = this.count;
    this.failure = this.error;
    this.known = fetch ? new Map() : null;
  }

  /** Whether all are here, so that a search needs nobody else. */
  get whole(): boolean {
    return this.known === null;
  }

  /** Whether it is known what the sequence is; "" may be what is known. */
  has(row: Row): boolean {
    return this.known === null || this.known.has(row);
  }

  /** "" when there is none, or it has not come. */
  sequence(row: Row): string {
    return this.known ? (this.known.get(row)?.sequence ?? "") : this.table.sequence.at(row);
  }

  quality(row: Row): string {
    return this.known ? (this.known.get(row)?.quality ?? "") : (this.table.quality?.at(row) ?? "");
  }

  /** The table with what has come in its columns of texts; its numbers stay. */
  laid(): Table {
    if (!this.known) return this.table;
    const length = this.table.rows;
    const sequence: TextColumn = { length, at: (row) => this.sequence(row) };
    const quality: TextColumn = { length, at: (row) => this.quality(row) };
    return { ...this.table, sequence, quality };
  }

  /** Asks for those that are not here. Fails when a request does; what came before it stays. */
  async need(rows: Iterable<Row>): Promise<void> {
    if (!this.known || !this.fetch) return;
    const waiting = new Set<Promise<void>>();
    const missing: Row[] = [];
    for (const row of rows) {
      if (this.known.has(row)) continue;
      const asked = this.asked.get(row);
      if (asked) waiting.add(asked);
      else missing.push(row);
    }
    for (let at = 0; at < missing.length; at += AT_ONCE) waiting.add(this.load(missing.slice(at, at + AT_ONCE)));
    await Promise.all(waiting);
  }

  private load(rows: readonly Row[]): Promise<void> {
    const run = this.ask(rows).finally(() => {
      for (const row of rows) this.asked.delete(row);
    });
    for (const row of rows) this.asked.set(row, run);
    return run;
  }

  private async ask(rows: readonly Row[]): Promise<void> {
    try {
      const got = await this.fetch!(rows.map((row) => this.table.id.at(row)));
      const byId = new Map(got.map((r) => [r.id, r]));
      for (const row of rows) {
        const id = this.table.id.at(row);
        // What the server does not know has no sequence: it is not asked for again.
        this.known!.set(row, byId.get(id) ?? { id, sequence: "", quality: "" });
      }
      this.error.value = null;
      this.count.value++;
    } catch (cause) {
      this.error.value = cause;
      throw cause;
    }
  }
}
