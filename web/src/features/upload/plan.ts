/** From chosen files to samples: what is asked of the server, and which local file is which of its files. No DOM. */
import type { PlannedPatient, PlannedSample, UploadPlan } from "../../api/plan";
import type { NewSample, NewSet, Sample } from "../../api/types";
import type { Wanted } from "./queue";

/** A file with its place in the folder that was chosen: of this computer, or of a mounted folder of the server. */
export interface Chosen {
  readonly path: string;
  readonly size: number;
  /** The file itself; missing for those on the server. */
  readonly file?: File;
  /** Name of the mounted folder. */
  readonly source?: string;
}

/** The patient of a sample: nobody, one that is there, or one to be made. */
export type Patient =
  | { readonly kind: "none" }
  | { readonly kind: "set"; readonly id: number; readonly title: string }
  | ({ readonly kind: "new" } & Required<PlannedPatient>);

/** A planned sample as somebody edits it. */
export interface Draft {
  readonly planned: PlannedSample;
  readonly name: string;
  readonly date: string;
  readonly info: string;
  readonly patient: Patient;
  readonly left: boolean;
}

export const NOBODY: Patient = { kind: "none" };

export const newPatient = (known: PlannedPatient = {}): Patient => ({
  kind: "new",
  label: "",
  last_name: "",
  first_name: "",
  birth: "",
  ...known,
});

/**
 * Who is proposed: the one patient with the identifier that the sheet gives; else the one who is found by name, which a
 * person looks at; else, when the sheet tells of somebody, a new one.
 */
export function proposed(planned: PlannedSample, mayCreate: boolean): Patient {
  const labelled = planned.patients.filter((p) => p.why === "label");
  const [only] = labelled.length > 0 ? labelled : planned.patients;
  if (only && (labelled.length || planned.patients.length) === 1)
    return { kind: "set", id: only.set_id, title: only.title };
  return planned.subject && planned.patients.length === 0 && mayCreate ? newPatient(planned.subject) : NOBODY;
}

export const draftsOf = (plan: UploadPlan, patients: boolean, mayCreate: boolean): readonly Draft[] =>
  plan.samples.map((planned) => ({
    planned,
    name: planned.name,
    date: planned.sampling_date ?? "",
    info: planned.info ?? "",
    patient: patients ? proposed(planned, mayCreate) : NOBODY,
    left: planned.faults.length > 0,
  }));

/** Sheets are small tables; a sequencer's is called SampleSheet, others are told by their ending. */
export const isSheet = (path: string, size: number): boolean =>
  (/\.(csv|tsv)$/i.test(path) && size < 2_000_000 && !/airr|clon|rearrange/i.test(path)) ||
  (/\.xlsx$/i.test(path) && size < 8_000_000 && !/(^|\/)~\$/.test(path));

export const isPaired = (d: Draft): boolean =>
  d.planned.files.some((f) => f.role === "R1") && d.planned.files.some((f) => f.role === "R2");

/** One patient for all samples that tell of the same: by identifier, else by names and birth date. */
export const patientKey = (p: Patient): string =>
  p.kind !== "new"
    ? ""
    : p.label.trim()
      ? `label ${p.label.trim().toLowerCase()}`
      : [p.last_name, p.first_name, p.birth].map((t) => t.trim().toLowerCase()).join("|");

export interface NewPatients {
  readonly sets: NewSet[];
  readonly keys: readonly string[];
}

/** Patients to be made, each once, owned by the group. */
export function newPatients(drafts: readonly Draft[], groupId: number): NewPatients {
  const found = new Map<string, NewSet>();
  for (const { patient: p, left } of drafts) {
    if (left || p.kind !== "new" || found.has(patientKey(p))) continue;
    const fields = { last_name: p.last_name, first_name: p.first_name, birth: p.birth, label: p.label };
    const filled = Object.entries(fields).filter(([, v]) => v.trim() !== "");
    found.set(patientKey(p), {
      kind: "patient",
      ...(groupId > 0 ? { group_id: groupId } : {}),
      ...Object.fromEntries(filled.map(([k, v]) => [k, v.trim()])),
    });
  }
  return { sets: [...found.values()], keys: [...found.keys()] };
}

/** What new samples are made from, in the order of `drafts`; their new patients must have been made. */
export function newSamples(drafts: readonly Draft[], setId: number, preProcess: number): NewSample[] {
  return drafts.map((d) => ({
    sets: d.patient.kind === "set" && d.patient.id !== setId ? [setId, d.patient.id] : [setId],
    name: d.name.trim(),
    ...(d.date.trim() ? { sampling_date: d.date.trim() } : {}),
    ...(d.info.trim() ? { info: d.info.trim() } : {}),
    ...(preProcess > 0 && isPaired(d) ? { pre_process_id: preProcess } : {}),
    files: d.planned.files.map((f) => ({
      name: f.name,
      size: f.size,
      role: f.role,
      ...(f.lane ? { lane: f.lane } : {}),
    })),
  }));
}

/** A file that the server waits for, and the chosen one that it is. */
export interface Match {
  readonly sampleId: number;
  readonly fileId: number;
  readonly sample: string;
  readonly chosen: Chosen;
}

/** The files of samples that were just made: the server's files are told by role, lane and name. */
export function matchesOf(
  drafts: readonly Draft[],
  made: readonly Sample[],
  chosen: ReadonlyMap<string, Chosen>,
): Match[] {
  return made.flatMap((sample, i) => {
    const planned = [...(drafts[i]?.planned.files ?? [])];
    return sample.files.flatMap((file) => {
      const at = planned.findIndex(
        (p) => p.name === file.name && p.role === file.role && (p.lane ?? 0) === (file.lane ?? 0),
      );
      const [mine] = at >= 0 ? planned.splice(at, 1) : [];
      const found = mine && chosen.get(mine.path);
      return found && file.state === "expected"
        ? [{ sampleId: sample.id, fileId: file.id, sample: sample.title, chosen: found }]
        : [];
    });
  });
}

/** Those of samples that were there: files whose bytes have not all come. */
export function resumedOf(drafts: readonly Draft[], chosen: ReadonlyMap<string, Chosen>): Match[] {
  return drafts.flatMap((d) =>
    d.planned.files.flatMap((f) => {
      const found = chosen.get(f.path);
      return found && f.file_id && f.state !== "present"
        ? [{ sampleId: d.planned.sample_id ?? 0, fileId: f.file_id, sample: d.name, chosen: found }]
        : [];
    }),
  );
}

/** A draft whose sample was made: what is left to do for it is to send its files. */
export function withSample(d: Draft, sample: Sample): Draft {
  const left = [...sample.files];
  const files = d.planned.files.map((p) => {
    const at = left.findIndex((f) => f.name === p.name && f.role === p.role && (f.lane ?? 0) === (p.lane ?? 0));
    const [file] = at >= 0 ? left.splice(at, 1) : [];
    return file ? { ...p, file_id: file.id, state: "expected" as const } : p;
  });
  return { ...d, planned: { ...d.planned, sample_id: sample.id, files } };
}

/** A draft of which the server has files. */
export const withPresent = (d: Draft, there: ReadonlySet<number>): Draft =>
  d.planned.files.some((f) => there.has(f.file_id ?? 0))
    ? {
        ...d,
        planned: {
          ...d.planned,
          files: d.planned.files.map((f) => (there.has(f.file_id ?? 0) ? { ...f, state: "present" as const } : f)),
        },
      }
    : d;

export const wanted = (matches: readonly Match[], setId: number): Wanted[] =>
  matches.flatMap(({ fileId, sample, chosen: { file } }) => (file ? [{ fileId, setId, sample, file }] : []));

export type Column = "name" | "date" | "info";

/** Values go down over what is empty, as in a spreadsheet; a patient over rows without one. */
export function fillDown(drafts: readonly Draft[], column: "date" | "info" | "patient"): readonly Draft[] {
  let last: Draft | undefined;
  return drafts.map((d) => {
    if (d.left || d.planned.sample_id) return d;
    const empty = column === "patient" ? d.patient.kind === "none" : d[column].trim() === "";
    if (empty && last) return { ...d, [column]: last[column] };
    if (!empty) last = d;
    return d;
  });
}

/** Cells that were pasted at a row go down from there. */
export function pasteDown(
  drafts: readonly Draft[],
  at: number,
  column: Column,
  cells: readonly (readonly string[])[],
): readonly Draft[] {
  const columns: readonly Column[] = ["name", "date", "info"];
  const from = columns.indexOf(column);
  return drafts.map((d, i) => {
    const row = cells[i - at];
    if (!row || d.planned.sample_id) return d;
    const part = Object.fromEntries(row.flatMap((v, j) => (columns[from + j] ? [[columns[from + j], v]] : [])));
    return { ...d, ...part };
  });
}

/** What somebody typed into a plan, by the first file of each sample: it is there again when the same files are chosen. */
export type Typed = Readonly<Record<string, Pick<Draft, "name" | "date" | "info" | "left" | "patient">>>;

const keyOf = (d: Draft): string => d.planned.files[0]?.path ?? d.planned.name;

export const typedOf = (drafts: readonly Draft[]): Typed =>
  Object.fromEntries(
    drafts.map((d) => [keyOf(d), { name: d.name, date: d.date, info: d.info, left: d.left, patient: d.patient }]),
  );

export const typedAgain = (drafts: readonly Draft[], typed: Typed): readonly Draft[] =>
  drafts.map((d) => (d.planned.sample_id ? d : { ...d, ...typed[keyOf(d)] }));
