/** What the reading of files needs: it comes with the first one, which people who are signed in may never open. */
export { readAnalysis } from "../core/analysis";
export { open } from "../core/decode";
export { Workspace } from "../core/workspace";
