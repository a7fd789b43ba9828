/** Sends an archive in pieces; what has come before is not sent again. */
import { address, call } from "../../api/client";
import { errorOf } from "../../api/problem";
import type { components } from "../../api/schema";

export type Transfer = components["schemas"]["Transfer"];

/** The archive of this file that is on its way already, or a new one. */
export async function begin(file: File, group: number): Promise<Transfer> {
  const { items } = await call("get", "/api/v1/transfers");
  const begun = items.find((t) => t.name === file.name && t.size === file.size && t.group_id === group && !t.done_at);
  if (begun && Date.parse(begun.created_at) > file.lastModified) return begun;
  return call("post", "/api/v1/transfers", { body: { group_id: group, name: file.name, size: file.size } });
}

/** Numbers of the pieces that are still to be sent. Exported for its tests. */
export function missing(t: Pick<Transfer, "size" | "piece_size" | "pieces">): readonly number[] {
  const there = new Set(t.pieces);
  return Array.from({ length: Math.ceil(t.size / t.piece_size) }, (_, i) => i).filter((i) => !there.has(i));
}

export async function send(t: Transfer, file: Blob, progress: (share: number) => void, signal: AbortSignal) {
  const all = Math.ceil(t.size / t.piece_size);
  const todo = missing(t);
  for (const [done, number] of todo.entries()) {
    progress((all - todo.length + done) / all);
    const answer = await fetch(address("/api/v1/transfers/{id}/pieces/{number}", { id: t.id, number }), {
      method: "PUT",
      headers: { "Content-Type": "application/octet-stream" },
      body: file.slice(number * t.piece_size, (number + 1) * t.piece_size),
      credentials: "same-origin",
      signal,
    });
    if (!answer.ok) throw await errorOf(answer);
  }
  progress(1);
}
