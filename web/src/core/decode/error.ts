/** What is wrong with a file, as a key of the messages with its arguments: the core speaks no language. */
export type DecodeProblem =
  | "notJson"
  | "notVidjil"
  | "tooOld"
  | "noSamples"
  | "notAirr"
  | "notArrow"
  | "empty"
  | "notGzip"
  | "newer";

export class DecodeError extends Error {
  override readonly name = "DecodeError";
  constructor(
    readonly problem: DecodeProblem,
    readonly detail = "",
  ) {
    super(detail === "" ? problem : `${problem}: ${detail}`);
  }
}
