/**
 * Keeps what people note on the server. A change is sent when nothing has happened for a moment; each save names the version
 * that it changes (If-Match), so that nobody's work is overwritten unseen: then a person decides.
 */
import { effect, signal } from "@preact/signals-core";
import { ApiError } from "../../api/problem";
import type { Annotation, AnnotationBody } from "../../api/types";
import type { Document } from "../../core/document";
import type { Table } from "../../core/table";
import type { Workspace } from "../../core/workspace";
import type { SampleIds } from "./annotation";
import { toBody, toDocument } from "./annotation";

export type SaveState =
  | { readonly kind: "saved"; readonly at: number | null }
  | { readonly kind: "unsaved" | "saving" | "readOnly" }
  | { readonly kind: "failed"; readonly error: unknown }
  | { readonly kind: "conflict"; readonly theirs: Annotation };

/** The server, as this needs it. */
export interface Store {
  load(): Promise<Annotation>;
  /** Throws an ApiError of status 412 when `based` is not the newest version. */
  save(body: AnnotationBody, based: number): Promise<Annotation>;
}

const IDLE_MS = 2000;
/** After a failure: long enough for a server to start again, short enough to be forgotten. */
const RETRY_MS = 10_000;

export class Autosave {
  readonly state = signal<SaveState>({ kind: "saved", at: null });
  private readonly ws: Workspace;
  private readonly ids: SampleIds;
  private readonly store: Store;
  private base: Annotation;
  /** The document as the server has it. */
  private saved: Document;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private running: Promise<void> = Promise.resolve();
  private stopWatching: () => void = () => undefined;

  constructor(ws: Workspace, ids: SampleIds, base: Annotation, store: Store) {
    this.ws = ws;
    this.ids = ids;
    this.base = base;
    this.store = store;
    this.saved = ws.doc.peek();
  }

  start(): void {
    this.stopWatching = effect(() => this.changed(this.ws.doc.value));
  }

  /** Sends what is left, and ends. */
  stop(): Promise<void> {
    this.stopWatching();
    return this.flush();
  }

  get pending(): boolean {
    return this.base.may_save && this.ws.doc.peek() !== this.saved;
  }

  flush(): Promise<void> {
    clearTimeout(this.timer);
    const kind = this.state.peek().kind;
    if (kind === "unsaved" || kind === "failed") this.running = this.running.then(() => this.send());
    return this.running;
  }

  /** Saves what is seen here over what somebody else has saved, which stays in the history. */
  keepMine(): Promise<void> {
    const state = this.state.peek();
    if (state.kind !== "conflict") return this.running;
    // What they noted on clonotypes and samples that are not here is kept all the same.
    this.base = state.theirs;
    this.state.value = { kind: "unsaved" };
    return this.flush();
  }

  takeTheirs(): void {
    const state = this.state.peek();
    if (state.kind !== "conflict") return;
    this.base = state.theirs;
    this.saved = documentOf(this.ws.table, this.ids, state.theirs);
    this.ws.replaceDocument(this.saved);
    this.state.value = { kind: "saved", at: null };
  }

  private changed(doc: Document): void {
    const { kind } = this.state.peek();
    if (doc === this.saved) {
      if (kind === "unsaved") {
        clearTimeout(this.timer);
        this.state.value = { kind: "saved", at: null };
      }
      return;
    }
    if (!this.base.may_save) this.state.value = { kind: "readOnly" };
    else if (kind !== "conflict" && kind !== "saving") {
      this.state.value = { kind: "unsaved" };
      this.later(IDLE_MS);
    }
  }

  private later(ms: number): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.flush(), ms);
  }

  private async send(): Promise<void> {
    const doc = this.ws.doc.peek();
    if (doc === this.saved || !this.base.may_save || this.state.peek().kind === "conflict") return;
    this.state.value = { kind: "saving" };
    try {
      this.base = await this.store.save(toBody(this.ws.table, this.ids, doc, this.base.body), this.base.version);
      this.saved = doc;
      this.state.value = { kind: "saved", at: Date.now() };
      // What was done meanwhile is the next version.
      this.changed(this.ws.doc.peek());
    } catch (error) {
      await this.refused(error);
    }
  }

  private async refused(error: unknown): Promise<void> {
    if (error instanceof ApiError && error.status === 412) {
      const theirs = await this.store.load().catch(() => null);
      if (theirs) {
        this.state.value = { kind: "conflict", theirs };
        return;
      }
    }
    this.state.value = { kind: "failed", error };
    this.later(RETRY_MS);
  }
}

export const documentOf = (table: Table, ids: SampleIds, annotation: Annotation): Document =>
  toDocument(table, ids, annotation.body);
