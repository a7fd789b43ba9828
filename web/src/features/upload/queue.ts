/**
 * Files on their way to the server. The queue belongs to the tab, not to a page: uploads go on while one looks at
 * something else. Each file is resumable (tus 1.0): the address of a begun upload is kept under the server's number for the
 * file, never under its name, and forgotten when it has ended or somebody signs out.
 */
import { computed, signal } from "@preact/signals-core";
import type { DetailedError, Upload } from "tus-js-client";
import { outside } from "../../api/base";
import { note, unfinished, unnote } from "./unfinished";

export type UploadState = "waiting" | "sending" | "paused" | "done" | "failed";

export interface Item {
  readonly fileId: number;
  readonly setId: number;
  readonly sample: string;
  readonly name: string;
  readonly size: number;
  readonly sent: number;
  readonly state: UploadState;
  /** Why it stopped, in the server's words; "" when the file itself cannot be read. */
  readonly error: string | null;
}

export interface Wanted {
  readonly fileId: number;
  readonly setId: number;
  readonly sample: string;
  readonly file: File;
}

const AT_ONCE = 3;
/** After each piece the server looks again at the right to upload; measured at 100 MB/s with this size. */
const PIECE = 32 << 20;
const RETRY_MS = [0, 1000, 3000, 10_000, 30_000, 60_000];
const PREFIX = "vidjil-file-";
/** Speed is that of the last seconds. */
const WINDOW_MS = 10_000;

/** Read with the first upload: most visits send nothing. */
const tus = () => import("tus-js-client");

/** A file on its way; its upload begins when the protocol was read. */
interface Sending {
  upload: Upload | null;
}

export class Queue {
  readonly items = signal<readonly Item[]>([]);
  readonly active = computed(
    () => this.items.value.filter((i) => i.state === "sending" || i.state === "waiting").length,
  );
  /** Bytes a second, 0 when nothing moves. */
  readonly rate = signal(0);
  /** Called with the set when a file of it has arrived. */
  onDone: (setId: number) => void = () => undefined;

  private readonly files = new Map<number, File>();
  private readonly running = new Map<number, Sending>();
  /** Where uploads that were begun go on, by file. */
  private readonly addresses = new Map<number, string>();
  private marks: { readonly at: number; readonly bytes: number }[] = [];
  private readonly endpoint: string;
  private readonly now: () => number;

  constructor(endpoint = outside("/api/v1/uploads/"), now: () => number = () => performance.now()) {
    this.endpoint = endpoint;
    this.now = now;
  }

  add(wanted: readonly Wanted[]): void {
    const again = new Set(wanted.map((w) => w.fileId));
    for (const w of wanted) this.files.set(w.fileId, w.file);
    this.items.value = [
      ...this.items.peek().filter((i) => !again.has(i.fileId) || i.state === "sending"),
      ...wanted
        .filter((w) => !this.running.has(w.fileId))
        .map(
          (w): Item => ({
            fileId: w.fileId,
            setId: w.setId,
            sample: w.sample,
            name: w.file.name,
            size: w.file.size,
            sent: 0,
            state: "waiting",
            error: null,
          }),
        ),
    ];
    note(wanted.map(({ fileId, setId, file }) => ({ fileId, setId, size: file.size, changed: file.lastModified })));
    this.fill();
  }

  pause(fileId?: number): void {
    for (const item of this.chosen(fileId, "sending", "waiting")) {
      void this.running.get(item.fileId)?.upload?.abort();
      this.running.delete(item.fileId);
      this.change(item.fileId, { state: "paused" });
    }
    this.fill();
  }

  resume(fileId?: number): void {
    for (const item of this.chosen(fileId, "paused", "failed"))
      this.change(item.fileId, { state: "waiting", error: null });
    this.fill();
  }

  /** Gives an upload up, here and on the server: what it has of the file goes. */
  cancel(fileId: number): void {
    const address = this.addresses.get(fileId) ?? this.running.get(fileId)?.upload?.url;
    this.forget(fileId);
    unnote([fileId]);
    // When the server is not there, it drops what nobody goes on with by itself.
    if (address)
      void tus()
        .then(({ Upload }) => Upload.terminate(address))
        .catch(() => undefined);
    this.forgetAddress(fileId);
  }

  /** Takes a file out of the list. The server keeps what it has for a while. */
  forget(fileId: number): void {
    void this.running.get(fileId)?.upload?.abort();
    this.running.delete(fileId);
    this.files.delete(fileId);
    this.items.value = this.items.peek().filter((i) => i.fileId !== fileId);
    this.fill();
  }

  forgetDone(): void {
    for (const item of this.items.peek().filter((i) => i.state === "done")) this.forget(item.fileId);
  }

  /** At sign-out: the next person at this computer must not go on with somebody else's files. */
  forgetAll(): void {
    for (const item of this.items.peek()) this.forget(item.fileId);
    unnote(unfinished.peek().map((u) => u.fileId));
    this.addresses.clear();
    try {
      for (const key of Object.keys(localStorage)) if (key.startsWith(`tus::${PREFIX}`)) localStorage.removeItem(key);
    } catch {
      // nothing was kept
    }
  }

  private forgetAddress(fileId: number): void {
    this.addresses.delete(fileId);
    try {
      for (const key of Object.keys(localStorage))
        if (key.startsWith(`tus::${PREFIX}${fileId}-`)) localStorage.removeItem(key);
    } catch {
      // nothing was kept
    }
  }

  private chosen(fileId: number | undefined, ...states: readonly UploadState[]): readonly Item[] {
    return this.items.peek().filter((i) => (fileId === undefined || i.fileId === fileId) && states.includes(i.state));
  }

  private change(fileId: number, change: Partial<Item>): void {
    this.items.value = this.items.peek().map((i) => (i.fileId === fileId ? { ...i, ...change } : i));
  }

  private fill(): void {
    for (const item of this.items.peek()) {
      if (this.running.size >= AT_ONCE) break;
      if (item.state === "waiting" && !this.running.has(item.fileId)) this.send(item);
    }
    if (this.running.size === 0) {
      this.marks = [];
      this.rate.value = 0;
    }
  }

  private send(item: Item): void {
    const file = this.files.get(item.fileId);
    if (!file) return;
    const sending: Sending = { upload: null };
    this.running.set(item.fileId, sending);
    this.change(item.fileId, { state: "sending", error: null });
    void this.begin(item, file, sending);
  }

  private async begin(item: Item, file: File, sending: Sending): Promise<void> {
    const { fileId } = item;
    const mine = () => this.running.get(fileId) === sending;
    const failed = (cause: unknown) => {
      if (mine()) this.end(item, { state: "failed", error: reason(cause) });
    };
    try {
      const { Upload } = await tus();
      if (!mine()) return;
      const upload: Upload = new Upload(file, {
        endpoint: this.endpoint,
        chunkSize: PIECE,
        retryDelays: RETRY_MS,
        metadata: { file_id: String(fileId), filename: file.name },
        fingerprint: () => Promise.resolve(`${PREFIX}${fileId}-${file.size}-${file.lastModified}`),
        removeFingerprintOnSuccess: true,
        onUploadUrlAvailable: () => {
          if (upload.url) this.addresses.set(fileId, upload.url);
        },
        onProgress: (sent) => {
          if (!mine()) return;
          this.change(fileId, { sent });
          this.measure();
        },
        onSuccess: () => {
          if (mine()) this.end(item, { state: "done", sent: file.size });
        },
        onError: failed,
      });
      sending.upload = upload;
      const [previous] = await upload.findPreviousUploads();
      if (!mine()) return;
      if (previous) upload.resumeFromPreviousUpload(previous);
      upload.start();
    } catch (cause) {
      failed(cause);
    }
  }

  private end(item: Item, change: Partial<Item>): void {
    this.running.delete(item.fileId);
    this.change(item.fileId, change);
    if (change.state === "done") {
      this.files.delete(item.fileId);
      this.addresses.delete(item.fileId);
      unnote([item.fileId]);
      this.onDone(item.setId);
    }
    this.fill();
  }

  private measure(): void {
    const at = this.now();
    const bytes = this.items.peek().reduce((sum, i) => sum + i.sent, 0);
    this.marks = [...this.marks.filter((m) => at - m.at < WINDOW_MS), { at, bytes }];
    const first = this.marks[0];
    if (first && at - first.at > 500) this.rate.value = Math.max(0, ((bytes - first.bytes) * 1000) / (at - first.at));
  }
}

const isAnswer = (cause: unknown): cause is DetailedError => cause instanceof Error && "originalRequest" in cause;

/** What the server said, as text for people; "" when the browser cannot read the file any more. */
function reason(cause: unknown): string {
  // The protocol did not come: the message of the browser says so.
  if (cause instanceof TypeError && /import|module/i.test(cause.message)) return cause.message.slice(0, 200);
  if (!isAnswer(cause)) return "";
  const body = cause.originalResponse?.getBody() ?? "";
  try {
    const problem: unknown = JSON.parse(body);
    if (typeof problem === "object" && problem !== null && "detail" in problem) return String(problem.detail);
  } catch {
    // plain text of the protocol
  }
  return body.slice(0, 200) || cause.message.slice(0, 200);
}

export const uploads = new Queue();
