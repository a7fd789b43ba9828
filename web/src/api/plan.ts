/** The server's plan: which samples files would become, by their names and a sheet. Nothing is written. */
import { call } from "./client";
import type { components } from "./schema";

export type UploadPlan = components["schemas"]["UploadPlan"];
export type PlannedSample = components["schemas"]["PlannedSample"];
export type PlannedFile = components["schemas"]["PlannedFile"];

export const planUploads = (
  setId: number,
  files: readonly { readonly path: string; readonly size: number }[],
  sheet: string,
): Promise<UploadPlan> =>
  call("post", "/api/v1/uploads/plan", { body: { files, set_ids: [setId], ...(sheet ? { sheet } : {}) } });
