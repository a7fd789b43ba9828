/**
 * What changes on the server, told as it happens: one EventSource for the page. An event never carries what is shown; it
 * only says what to read anew, so that one that is lost or comes twice does no harm.
 */
import type { QueryClient } from "@tanstack/react-query";
import { outside } from "./base";
import type { Job } from "./types";

/** Lists of jobs are read again no more often than this, however many jobs move. */
const PAUSE_MS = 700;

export class Events {
  private source: EventSource | null = null;
  private readonly topics = new Map<string, number>([["jobs", 1]]);
  private readonly client: QueryClient;
  private timer = 0;
  private stale = new Map<string, readonly unknown[]>();
  private wanted = false;

  constructor(client: QueryClient) {
    this.client = client;
  }

  start(): void {
    this.wanted = true;
    if (!this.source) this.open();
  }

  stop(): void {
    this.wanted = false;
    clearTimeout(this.timer);
    this.timer = 0;
    this.stale = new Map();
    this.source?.close();
    this.source = null;
  }

  /** Listens to a set while a page shows it; the function returned ends that. */
  watchSet(id: number): () => void {
    const topic = `set:${id}`;
    this.count(topic, 1);
    return () => this.count(topic, -1);
  }

  private count(topic: string, by: 1 | -1): void {
    const before = this.topics.get(topic) ?? 0;
    const after = before + by;
    if (after > 0) this.topics.set(topic, after);
    else this.topics.delete(topic);
    if ((before === 0) !== (after === 0) && this.wanted) this.open();
  }

  private open(): void {
    this.source?.close();
    const source = new EventSource(
      outside(`/api/v1/events?topics=${encodeURIComponent([...this.topics.keys()].join(","))}`),
    );
    this.source = source;
    source.addEventListener("job", (e) => this.job(JSON.parse(e.data) as Job));
    source.addEventListener("set", (e) =>
      this.invalidate(["set", (JSON.parse(e.data) as { id: number }).id], ["sets"]),
    );
    source.addEventListener("reset", () => void this.client.invalidateQueries());
    // The browser opens a stream that broke again by itself; one that was refused it gives up, and so must we.
    source.onerror = () => {
      if (source.readyState === EventSource.CLOSED && this.source === source) this.source = null;
    };
  }

  private job(job: Job): void {
    this.client.setQueryData(["job", job.id], job);
    const about = [...(job.set_id ? [["set", job.set_id]] : []), ...(job.sample_id ? [["sample", job.sample_id]] : [])];
    this.invalidate(["jobs"], ...about);
  }

  private invalidate(...keys: readonly (readonly unknown[])[]): void {
    for (const key of keys) this.stale.set(JSON.stringify(key), key);
    if (this.timer !== 0) return;
    this.timer = window.setTimeout(() => {
      this.timer = 0;
      const keys = [...this.stale.values()];
      this.stale = new Map();
      for (const queryKey of keys) void this.client.invalidateQueries({ queryKey });
    }, PAUSE_MS);
  }
}
