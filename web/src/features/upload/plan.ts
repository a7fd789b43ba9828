/** From chosen files to samples: what is asked of the server, and which local file is which of its files. No DOM. */
import type { PlannedSample, UploadPlan } from "../../api/plan";
import type { NewSample, Sample } from "../../api/types";
import type { Wanted } from "./queue";

/** A file as the browser gives it, with its place in the folder that was chosen. */
export interface Chosen {
  readonly path: string;
  readonly file: File;
}

/** A planned sample as somebody edits it. */
export interface Draft {
  readonly planned: PlannedSample;
  readonly name: string;
  readonly date: string;
  readonly info: string;
  readonly left: boolean;
}

export const draftsOf = (plan: UploadPlan): readonly Draft[] =>
  plan.samples.map((planned) => ({
    planned,
    name: planned.name,
    date: planned.sampling_date ?? "",
    info: planned.info ?? "",
    left: planned.faults.length > 0,
  }));

/** Sheets are small tables; a sequencer's is called SampleSheet, others are told by their ending. */
export const isSheet = (path: string, size: number): boolean =>
  /\.(csv|tsv)$/i.test(path) && size < 2_000_000 && !/airr|clon|rearrange/i.test(path);

export const isPaired = (d: Draft): boolean =>
  d.planned.files.some((f) => f.role === "R1") && d.planned.files.some((f) => f.role === "R2");

/** What new samples are made from, in the order of `drafts`. */
export function newSamples(drafts: readonly Draft[], setId: number, preProcess: number): NewSample[] {
  return drafts.map((d) => ({
    sets: [setId],
    name: d.name.trim(),
    ...(d.date ? { sampling_date: d.date } : {}),
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

/** The uploads of samples that were just made: the server's files are told by role, lane and name. */
export function wantedOf(
  drafts: readonly Draft[],
  made: readonly Sample[],
  chosen: ReadonlyMap<string, File>,
  setId: number,
): Wanted[] {
  return made.flatMap((sample, i) => {
    const planned = [...(drafts[i]?.planned.files ?? [])];
    return sample.files.flatMap((file) => {
      const at = planned.findIndex(
        (p) => p.name === file.name && p.role === file.role && (p.lane ?? 0) === (file.lane ?? 0),
      );
      const [mine] = at >= 0 ? planned.splice(at, 1) : [];
      const local = mine && chosen.get(mine.path);
      return local && file.state === "expected" ? [{ fileId: file.id, setId, sample: sample.title, file: local }] : [];
    });
  });
}

/** The uploads of samples that were there: files whose bytes have not all come. */
export function resumedOf(drafts: readonly Draft[], chosen: ReadonlyMap<string, File>, setId: number): Wanted[] {
  return drafts.flatMap((d) =>
    d.planned.files.flatMap((f) => {
      const local = chosen.get(f.path);
      return local && f.file_id && f.state !== "present"
        ? [{ fileId: f.file_id, setId, sample: d.name, file: local }]
        : [];
    }),
  );
}
