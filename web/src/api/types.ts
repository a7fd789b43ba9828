/** Names for what the server speaks of. */
import type { components } from "./schema";

type Schemas = components["schemas"];

export type Whoami = Schemas["Whoami"];
/** A patient, a run or another set of samples. */
export type SampleSet = Schemas["Set"];
export type NewSet = Schemas["NewSet"];
export type Kind = SampleSet["kind"];
export type Sample = Schemas["Sample"];
export type SetState = Schemas["SetState"];
export type AuditEntry = Schemas["AuditEntry"];
export type Contamination = Schemas["Contamination"];
export type ResultSummary = Schemas["ResultSummary"];
export type SourceEntry = Schemas["SourceEntry"];
export type NewSample = Schemas["NewSample"];
export type SampleFile = Schemas["File"];
export type Job = Schemas["Job"];
export type JobKind = Job["kind"];
export type JobState = Job["state"];
export type Config = Schemas["Config"];
export type Result = Schemas["Result"];
export type ResultCell = Schemas["ResultCell"];
export type QualityRow = Schemas["QualityRow"];
export type Fused = Schemas["Fused"];
export type FusedSample = Schemas["FusedSample"];
export type Annotation = Schemas["Annotation"];
export type AnnotationBody = Schemas["AnnotationBody"];
export type ClonotypeNote = Schemas["ClonotypeNote"];
export type SampleNote = Schemas["SampleNote"];
export type Share = Schemas["Share"];
export type Notification = Schemas["Notification"];

export const KINDS: readonly Kind[] = ["patient", "run", "set"];
export const JOB_KINDS: readonly JobKind[] = ["analyze", "preprocess", "import", "fuse", "transfer", "collect"];
export const MAIL_STATES = ["queued", "sent", "dead"] as const satisfies readonly Schemas["Mail"]["state"][];
export const LOG_LEVELS = ["debug", "info", "warn", "error"] as const;
