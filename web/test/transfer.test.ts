import { afterEach, describe, expect, it, vi } from "vitest";
import { stepOf } from "../src/features/transfer/queries";
import { lacks, send, type Transfer } from "../src/features/transfer/send";
import { ageText } from "../src/features/transfer/text";

/** SHA-256 of "aaaa" and "bb". */
const AAAA = "61be55a8e2f6b4e172338bddf184d6dbee29c98853e0a0485ecee7f27b9af0b4";
const BB = "3b64db95cb55c763391c707108489ae18b4112d783300de38e033b4c98c3deaf";

const archive = (more: Partial<Transfer> = {}): Transfer => ({
  id: 7,
  group_id: 2,
  name: "sets.zip",
  size: 10,
  piece_size: 4,
  pieces: [],
  digests: [],
  progress: 0,
  created_at: "2026-01-02T03:04:05Z",
  expires_at: "2026-01-09T03:04:05Z",
  ...more,
});

describe("pieces of an archive", () => {
  afterEach(() => vi.unstubAllGlobals());
  const file = new Blob(["aaaa", "aaaa", "bb"]);

  it("lacks what has not come, and what came with other bytes", async () => {
    const t = archive({ pieces: [0, 2], digests: [AAAA, AAAA] });
    expect(await lacks(t, file, 0)).toBe(false);
    expect(await lacks(t, file, 1)).toBe(true);
    expect(await lacks(t, file, 2)).toBe(true);
    expect(await lacks(archive({ pieces: [2], digests: [BB] }), file, 2)).toBe(false);
  });

  it("believes the server where the browser computes no digests", async () => {
    vi.stubGlobal("crypto", {});
    expect(await lacks(archive({ pieces: [2], digests: [AAAA] }), file, 2)).toBe(false);
  });

  it("sends what is missing, and no more", async () => {
    const sent: [string, string][] = [];
    vi.stubGlobal("fetch", async (url: string, init: RequestInit) => {
      sent.push([url.split("/").at(-1) ?? "", await (init.body as Blob).text()]);
      return new Response(null, { status: 204 });
    });
    const shares: number[] = [];
    await send(archive({ pieces: [0], digests: [AAAA] }), file, (s) => shares.push(s), new AbortController().signal);
    expect(sent).toEqual([
      ["1", "aaaa"],
      ["2", "bb"],
    ]);
    expect(shares).toEqual([0, 1 / 3, 2 / 3, 1]);
  });

  it("stops when it is told to", async () => {
    const stop = new AbortController();
    stop.abort();
    await expect(send(archive(), file, () => undefined, stop.signal)).rejects.toThrow();
  });
});

describe("where an archive is", () => {
  const all = { pieces: [0, 1, 2], digests: ["", "", ""] };
  const report = { faults: [] as string[], known: [] as object[], skipped: 0 } as unknown as NonNullable<
    Transfer["report"]
  >;
  it.each([
    ["coming", archive({ pieces: [1], digests: [""] })],
    ["come", archive(all)],
    ["working", archive({ ...all, state: "running" })],
    ["looked", archive({ ...all, state: "done", report })],
    ["wrong", archive({ ...all, state: "done", report: { ...report, faults: ["a fault"] } })],
    [
      "looked",
      archive({ ...all, state: "done", report: { ...report, known: [{}] as never, faults: ["came before"] } }),
    ],
    ["wrong", archive({ ...all, state: "cancelled" })],
    ["done", archive({ state: "done", done_at: "2026-01-03T00:00:00Z", report })],
  ] as const)("is %s", (step, t) => expect(stepOf(t)).toBe(step));
});

it("says how old an archive is", () => {
  const at = "2026-01-02T00:00:00Z";
  const later = (seconds: number) => ageText(at, "en", Date.parse(at) + seconds * 1000);
  expect([later(10), later(3 * 60 + 5), later(2 * 3600), later(86_400)]).toEqual([
    "now",
    "3 minutes ago",
    "2 hours ago",
    "yesterday",
  ]);
});
