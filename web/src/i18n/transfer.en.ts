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
  forGroup: "For the group",
  group: "Group",
  noGroup: "You may make sets for no group.",
  sending: "Sending",
  sent: (percent: number) => `${n(percent)} % sent`,
  stop: "Stop",
  stopped: "Stopped. Choose the same file again to go on.",
  list: "Archives that you have brought",
  none: "None is on its way. They are kept for a week, should nothing happen to them.",
  archive: "Archive",
  size: "Size",
  age: "Brought",
  state: "State",
  actions: "Actions",
  all: "All archives",
  about: (size: string, at: string, group: string) => `${size}, brought on ${at} for the group ${group}`,
  come: (pieces: number, of: number) => `${n(pieces)} of ${n(of)} pieces have come`,
  goOn: "Choose the same file again to go on.",
  until: (at: string) => `Kept until ${at}.`,
  arrived: "Has come",
  looked: "Ready to import",
  wrong: "Could not be imported",
  cancelled: "Cancelled",
  cancelledText: "It was cancelled: nothing was imported.",
  doneOn: (at: string) => `Imported on ${at}`,
  steps: { working: (percent: number) => `A job is reading it: ${n(percent)} %` },
  look: "Look through it",
  lookAgain: "Look through it again",
  cancel: "Cancel",
  downloadOf: (name: string) => `Download ${name}`,
  removeOf: (name: string) => `Remove ${name}`,
  removeAsk: (name: string) => `Remove ${name}?`,
  removeText: "It was not imported. Its bytes are removed from this server.",
  removeDone: "What was imported stays. Only the note of it is removed.",
  nameless: "It does not say who patients are.",
  authors: (here: number, others: number) =>
    `${count(here, "author has", "authors have")} an account here; you stand for ${n(others)} others.`,
  how: {
    content: "It says the same.",
    name: "It has the same name.",
    map: "Chosen",
    new: "None here says the same.",
    none: "None here says the same, and you may not make one.",
  },
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
  skip: (sets: number) => (sets === 1 ? "Leave it as it is" : "Leave them as they are"),
  again: (sets: number) => (sets === 1 ? "Take it once more" : "Take them once more"),
  faults: "To be put right first",
  notes: "Good to know",
  start: "Import",
  done: (sets: number) => `${count(sets, "set is", "sets are")} here now.`,
  open: (id: number) => `Open set ${id}`,
};

type Widen<T> = T extends string
  ? string
  : T extends (...args: infer A) => string
    ? (...args: A) => string
    : { readonly [K in keyof T]: Widen<T[K]> };
export type TransferMessages = { readonly [K in keyof typeof transferEn]: Widen<(typeof transferEn)[K]> };
