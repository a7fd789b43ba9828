/** English messages of archives that go to other servers, or come from them. */

const n = (value: number): string => value.toLocaleString("en");
const count = (value: number, one: string, many: string): string => `${n(value)} ${value === 1 ? one : many}`;

export const transferEn = {
  exportArchive: "Export archive",
  exportTitle: (sets: number) => `Export ${count(sets, "set", "sets")} for another server`,
  exportText: "Samples, results, all versions of the annotations, configs and logs. Rights stay here.",
  reads: "Files of reads too",
  anonymous: "Without who patients are",
  download: "Download",
  importArchive: "Import archive",
  title: "Import an archive",
  text: "Sets from another server, or from the original’s migrator as a ZIP file. They are checked first; nothing is ever half there.",
  choose: "Choose an archive…",
  group: "For the group",
  noGroup: "You may make sets for no group.",
  sending: "Sending",
  waiting: "Waiting for a worker",
  checking: "Looking through the archive",
  found: (sets: number, samples: number, results: number, notes: number) =>
    `${count(sets, "set", "sets")}, ${count(samples, "sample", "samples")}, ${count(results, "result", "results")}, ${count(notes, "version of an annotation", "versions of annotations")}`,
  from: (program: string) => `Written by ${program}.`,
  there: "In the archive",
  here: "Here",
  results: "Results",
  newConfig: (name: string) => `New: ${name}`,
  noConfig: "Choose one",
  known: (sets: number) => `${count(sets, "set", "sets")} came here before.`,
  skip: "Leave them as they are",
  again: "Take them once more",
  faults: "To be put right first",
  notes: "Good to know",
  start: "Import",
  done: (sets: number) => `${count(sets, "set is", "sets are")} here now.`,
  open: (id: number) => `Open set ${id}`,
};

type Widen<T> = T extends string ? string : T extends (...args: infer A) => string ? (...args: A) => string : T;
export type TransferMessages = { readonly [K in keyof typeof transferEn]: Widen<(typeof transferEn)[K]> };
