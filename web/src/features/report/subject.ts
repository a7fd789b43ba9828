/** What a report is about, as its heads say it: from the server, with no more than this person may know, or from a file. */
import type { Fused, Kind, SampleSet, Whoami } from "../../api/types";
import type { Table } from "../../core/table";

export interface Subject {
  readonly kind: Kind | "file";
  readonly title: string;
  /** The title without a name. */
  readonly number: string;
  readonly birth: string;
  readonly label: string;
  readonly info: string;
  readonly configs: readonly string[];
  readonly programs: readonly string[];
  readonly germlines: readonly string[];
  readonly preProcesses: readonly string[];
  /** When the results were made, the newest; "" when not known. */
  readonly analysed: string;
  readonly digest: string;
  /** Of the programs, as the head of the paper has it. */
  readonly version: string;
  readonly author: string;
  /** Somebody withheld who it is: the report has no name, whatever is chosen. */
  readonly nameless: boolean;
}

const distinct = (texts: readonly (string | undefined)[]): readonly string[] => [
  ...new Set(texts.filter((text): text is string => text !== undefined && text !== "")),
];

/** Digests are compared, not typed: their beginning is enough to tell two results apart. */
const short = (digest: string): string => digest.replace(/^sha256:/, "").slice(0, 12);

export function subjectOfSet(set: SampleSet, fused: Fused, who: Whoami | undefined): Subject {
  const made = fused.samples.map((s) => s.result).filter((r) => r !== undefined);
  const how = made.map((r) => r.provenance);
  return {
    kind: set.kind,
    title: set.title,
    number: `${set.id}`,
    birth: set.birth ?? "",
    label: set.label ?? "",
    info: set.info,
    configs: distinct(fused.configs.map((c) => c.name)),
    programs: distinct(how.map((p) => p.imported ?? `${p.program} ${p.engine}`)),
    germlines: distinct(how.map((p) => p.germline && `${p.germline.name} ${p.germline.version}`.trim())),
    preProcesses: distinct(how.map((p) => p.pre_process && `${p.pre_process.program} (${p.pre_process.revision})`)),
    analysed:
      made
        .map((r) => r.created_at)
        .sort()
        .at(-1) ?? "",
    digest: short(fused.digest ?? ""),
    version: how[0]?.engine ?? "",
    author: who?.user?.name ?? "",
    nameless: !set.identity,
  };
}

export function subjectOfFile(table: Table): Subject {
  const runs = table.samples.map((s) => s.runTimestamp).filter((at) => at !== "");
  return {
    kind: "file",
    title: table.source.name,
    number: "",
    birth: "",
    label: "",
    info: "",
    configs: [],
    // The program that joined the samples is not what analysed them.
    programs: table.samples.some((s) => s.producer !== "")
      ? distinct(table.samples.map((s) => s.producer))
      : distinct([table.source.producer]),
    germlines: [],
    preProcesses: [],
    analysed: runs.sort().at(-1) ?? "",
    digest: "",
    version: "",
    author: "",
    nameless: false,
  };
}
