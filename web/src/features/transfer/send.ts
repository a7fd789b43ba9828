/** Sends an archive in pieces; what has come before is not sent again. */
import { address, call } from "../../api/client";
import { errorOf } from "../../api/problem";
import type { components } from "../../api/schema";

export type Transfer = components["schemas"]["Transfer"];

/** The archive of this file that is on its way already, or a new one. */
export async function begin(file: File, group: number): Promise<Transfer> {
  const { items } = await call("get", "/api/v1/transfers");
  const begun = items.find((t) => t.name === file.name && t.size === file.size && t.group_id === group && !t.done_at);
  return begun ?? call("post", "/api/v1/transfers", { body: { group_id: group, name: file.name, size: file.size } });
}

type Pieces = Pick<Transfer, "size" | "piece_size" | "pieces" | "digests">;

export const piecesOf = (t: Pick<Transfer, "size" | "piece_size">): number => Math.ceil(t.size / t.piece_size);

const part = (t: Pieces, file: Blob, number: number): Blob =>
  file.slice(number * t.piece_size, (number + 1) * t.piece_size);

/** Browsers compute digests on safe addresses only; elsewhere the server compares what has come when it imports. */
async function digestOf(data: Blob): Promise<string | null> {
  if (!globalThis.crypto?.subtle) return null;
  const sum = new Uint8Array(await crypto.subtle.digest("SHA-256", await data.arrayBuffer()));
  return Array.from(sum, (b) => b.toString(16).padStart(2, "0")).join("");
}

/** The piece must be sent: it has not come, or with the bytes of another file of the same name and size. */
export async function lacks(t: Pieces, file: Blob, number: number): Promise<boolean> {
  const at = t.pieces.indexOf(number);
  if (at < 0) return true;
  const digest = await digestOf(part(t, file, number));
  return digest !== null && digest !== t.digests[at];
}

export async function send(t: Transfer, file: Blob, progress: (share: number) => void, signal: AbortSignal) {
  const all = piecesOf(t);
  for (let number = 0; number < all; number++) {
    signal.throwIfAborted();
    progress(number / all);
    if (!(await lacks(t, file, number))) continue;
    const answer = await fetch(address("/api/v1/transfers/{id}/pieces/{number}", { id: t.id, number }), {
      method: "PUT",
      headers: { "Content-Type": "application/octet-stream" },
      body: part(t, file, number),
      credentials: "same-origin",
      signal,
    });
    if (!answer.ok) throw await errorOf(answer);
  }
  progress(1);
}
