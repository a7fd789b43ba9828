/**
 * Keeps what people note on the server. A change is sent when nothing has happened for a moment; each save names the version
 * that it changes (If-Match), so that nobody's work is overwritten unseen: then a person decides.
 */
import { effect, signal } from "@preact/signals-core";
import { ApiError } from "../../api/problem";
import type { Annotation, AnnotationBody } from "../../api/types";
import type { Document } from "../../core/document";
import type { Step } from "../../core/history";
import type { Table } from "../../core/table";
import type { Workspace } from "../../core/workspace";
import type { SampleIds } from "./annotation";
import { toBody, toDocument } from "./annotation";
import type { Draft } from "./draft";

export type SaveState =
  | { readonly kind: "saved"; readonly at: number | null }
  | { readonly kind: "unsaved" | "saving" | "readOnly" }
  | { readonly kind: "failed"; readonly error: unknown }
  | Conflict;

/** Somebody has saved since: what both began from, and what they saved. What is here may still grow. */
export interface Conflict {
  readonly kind: "conflict";
  readonly base: AnnotationBody;
  readonly theirs: Annotation;
}

/** The server, as this needs it. */
export interface Store {
  load(): Promise<Annotation>;
  /** Throws an ApiError of status 412 when `based` is not the newest version. */
  save(body: AnnotationBody, based: number): Promise<Annotation>;
}

/** Keeps what was not sent yet where it outlives the page; see draft.ts. */
export interface DraftKeeper {
  put(draft: Draft): Promise<void>;
  remove(): Promise<void>;
}

const IDLE_MS = 2000;
/** A draft is written this long after a change: before somebody can close the page. */
const DRAFT_MS = 250;
/** After a failure: long enough for a server to start again, short enough to be forgotten. */
const RETRY_MS = 10_000;

export class Autosave {
  readonly state = signal<SaveState>({ kind: "saved", at: null });
  private readonly ws: Workspace;
  private readonly ids: SampleIds;
  private readonly store: Store;
  private readonly drafts: DraftKeeper | null;
  private base: Annotation;
  /** The document as the server has it. */
  private saved: Document;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private draftTimer: ReturnType<typeof setTimeout> | undefined;
  private running: Promise<void> = Promise.resolve();
  private stopWatching: () => void = () => undefined;

  constructor(ws: Workspace, ids: SampleIds, base: Annotation, store: Store, drafts: DraftKeeper | null = null) {
    this.ws = ws;
    this.ids = ids;
    this.base = base;
    this.store = store;
    this.drafts = drafts;
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

  /** The version that what is here was made from. */
  get version(): number {
    return this.base.version;
  }

  get document(): Document {
    return this.ws.doc.peek();
  }

  /**
   * The undo list of a page before, in which fewer clonotypes were here: its documents are written by identifiers and read
   * for this table. Nothing when somebody has saved since: a step back would then take back what they did.
   */
  inherit(before: Autosave): void {
    const { done, undone } = before.ws.history.peek();
    if (before.pending || before.version !== this.version || done.length + undone.length === 0) return;
    const here = new Map<Document, Document>([[before.document, this.document]]);
    const read = (doc: Document): Document => {
      const known = here.get(doc);
      if (known) return known;
      const body = toBody(before.ws.table, before.ids, doc, before.base.body);
      const found = toDocument(this.ws.table, this.ids, body);
      here.set(doc, found);
      return found;
    };
    const steps = (list: readonly Step[]) => list.map((s) => ({ ...s, before: read(s.before), after: read(s.after) }));
    this.ws.history.value = { done: steps(done), undone: steps(undone) };
  }

  /** What is here, as it would be saved. */
  body(): AnnotationBody {
    return toBody(this.ws.table, this.ids, this.ws.doc.peek(), this.base.body);
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
    if (state.kind === "conflict") this.adopt(state.theirs);
  }

  /** Saves an annotation of both, made of a conflict. */
  keepBoth(body: AnnotationBody): Promise<void> {
    const state = this.state.peek();
    if (state.kind !== "conflict") return this.running;
    this.base = { ...state.theirs, body };
    this.saved = documentOf(this.ws.table, this.ids, state.theirs);
    this.state.value = { kind: "unsaved" };
    this.ws.replaceDocument(documentOf(this.ws.table, this.ids, this.base));
    return this.flush();
  }

  /** Shows what the server has, in place of what is here. */
  adopt(annotation: Annotation): void {
    this.base = annotation;
    this.saved = documentOf(this.ws.table, this.ids, annotation);
    // The state first: the document's change must not look like something to be saved.
    this.state.value = { kind: "saved", at: null };
    this.ws.replaceDocument(this.saved);
    this.forget();
  }

  /** Takes over what an earlier page could not send. When others have saved since, a person decides. */
  resume(draft: Draft): void {
    if (draft.version !== this.base.version) {
      // As if the page had never been closed: what is here stands on what it began from.
      const theirs = this.base;
      this.base = { ...theirs, version: draft.version, body: draft.base };
      this.state.value = { kind: "conflict", base: draft.base, theirs };
    }
    const doc = documentOf(this.ws.table, this.ids, { ...this.base, body: draft.body });
    this.ws.replaceDocument(doc);
  }

  private changed(doc: Document): void {
    const { kind } = this.state.peek();
    if (doc === this.saved) {
      if (kind === "unsaved") {
        clearTimeout(this.timer);
        this.state.value = { kind: "saved", at: null };
        this.forget();
      }
      return;
    }
    if (!this.base.may_save) {
      this.state.value = { kind: "readOnly" };
      return;
    }
    clearTimeout(this.draftTimer);
    this.draftTimer = setTimeout(() => this.keepDraft(), DRAFT_MS);
    if (kind !== "conflict" && kind !== "saving") {
      this.state.value = { kind: "unsaved" };
      this.later(IDLE_MS);
    }
  }

  /** Writes the draft now. A browser without storage has none: then only the server keeps things. */
  keepDraft(): void {
    clearTimeout(this.draftTimer);
    if (!this.pending) return;
    const state = this.state.peek();
    const [base, version] =
      state.kind === "conflict" ? [state.base, -1] : ([this.base.body, this.base.version] as const);
    this.drafts?.put({ at: Date.now(), version, base, body: this.body() }).catch(() => undefined);
  }

  private forget(): void {
    clearTimeout(this.draftTimer);
    this.drafts?.remove().catch(() => undefined);
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
      await this.withSequences(doc);
      this.base = await this.store.save(toBody(this.ws.table, this.ids, doc, this.base.body), this.base.version);
      this.saved = doc;
      this.state.value = { kind: "saved", at: Date.now() };
      if (this.ws.doc.peek() === doc) this.forget();
      // What was done meanwhile is the next version.
      this.changed(this.ws.doc.peek());
    } catch (error) {
      await this.refused(error);
    }
  }

  /** Notes name clonotypes by window and by sequence: these are fetched first. Without them notes are saved as well. */
  private async withSequences(doc: Document): Promise<void> {
    const rows = [...doc.tags.keys(), ...doc.names.keys(), ...doc.notes.keys(), ...doc.colors.keys()];
    await this.ws.sequences.need(rows).catch(() => undefined);
  }

  private async refused(error: unknown): Promise<void> {
    if (error instanceof ApiError && error.status === 412) {
      const theirs = await this.store.load().catch(() => null);
      if (theirs) {
        this.state.value = { kind: "conflict", base: this.base.body, theirs };
        return;
      }
    }
    this.state.value = { kind: "failed", error };
    this.later(RETRY_MS);
  }
}

export const documentOf = (table: Table, ids: SampleIds, annotation: Annotation): Document =>
  toDocument(table, ids, annotation.body);
