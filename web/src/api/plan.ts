/** The server's plan: which samples files would become, by their names and a sheet. Nothing is written. */
import { call } from "./client";
import type { components } from "./schema";

export type UploadPlan = components["schemas"]["UploadPlan"];
export type PlannedSample = components["schemas"]["PlannedSample"];
export type PlannedFile = components["schemas"]["PlannedFile"];
export type PlannedPatient = components["schemas"]["PlannedPatient"];

/** A sheet as a file, or as text that was pasted. */
export type Sheet = Blob | string;

export async function planUploads(
  setId: number,
  files: readonly { readonly path: string; readonly size: number }[],
  sheet: Sheet = "",
): Promise<UploadPlan> {
  const named = files.map(({ path, size }) => ({ path, size }));
  return call("post", "/api/v1/uploads/plan", {
    body: {
      files: named,
      set_ids: [setId],
      ...(typeof sheet !== "string" ? { sheet_file: await base64(sheet) } : sheet ? { sheet } : {}),
    },
  });
}

/** A file goes as it is: which letters its bytes are is for the server to tell. */
async function base64(blob: Blob): Promise<string> {
  const bytes = new Uint8Array(await blob.arrayBuffer());
  let text = "";
  // Pieces: a call takes no millions of arguments.
  for (let at = 0; at < bytes.length; at += 0x8000) text += String.fromCharCode(...bytes.subarray(at, at + 0x8000));
  return btoa(text);
}
