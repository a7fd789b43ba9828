/** A file that somebody opened, whatever it is: gzip and the format are told by the bytes, not by the name. */
import type { Table } from "../table";
import { decodeAirr } from "./airr";
import { DecodeError } from "./error";
import { decodeVidjil } from "./vidjil";

export { DecodeError } from "./error";

/** What a file is, and its content. An .analysis is laid over a table that is already open. */
export type Opened =
  | { readonly kind: "table"; readonly table: Table }
  | { readonly kind: "analysis"; readonly text: string };

export async function gunzip(bytes: Uint8Array): Promise<Uint8Array> {
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) return bytes;
  try {
    const stream = new Blob([bytes as BlobPart]).stream().pipeThrough(new DecompressionStream("gzip"));
    return new Uint8Array(await new Response(stream).arrayBuffer());
  } catch (cause) {
    throw new DecodeError("notGzip", cause instanceof Error ? cause.message : "");
  }
}

/** An Arrow stream begins with a continuation marker, an Arrow file with its name. */
const isArrow = (b: Uint8Array): boolean =>
  (b[0] === 0xff && b[1] === 0xff && b[2] === 0xff && b[3] === 0xff) ||
  (b[0] === 0x41 && b[1] === 0x52 && b[2] === 0x52 && b[3] === 0x4f);

export async function open(bytes: Uint8Array, fileName: string): Promise<Opened> {
  const content = await gunzip(bytes);
  if (content.length === 0) throw new DecodeError("empty");
  const name = fileName.replace(/\.gz$/, "");
  // Columns of the server as a file are rare, and what reads them is large.
  if (isArrow(content)) {
    const { decodeArrow } = await import("./arrow");
    return { kind: "table", table: decodeArrow(content, name) };
  }
  const text = new TextDecoder().decode(content);
  if (!/^\s*\{/.test(text)) return { kind: "table", table: decodeAirr(text, name) };
  if (name.endsWith(".analysis") || !/"(reads|clones)"\s*:/.test(text) || isAnalysis(text))
    return { kind: "analysis", text };
  return { kind: "table", table: decodeVidjil(text, name) };
}

/** An .analysis file has clones as well, but counts no reads. */
function isAnalysis(text: string): boolean {
  return (
    !/"(segmented|germline)"\s*:\s*[[{]/.test(text) && /"(tags|clusters)"\s*:/.test(text) && !/"reads"\s*:/.test(text)
  );
}
