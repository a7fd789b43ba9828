/** Files by their address: of this site, or of one that lets other sites read them. */
import type { Messages } from "../../i18n";

/** What went wrong, in words for a message. */
export class AddressError extends Error {
  constructor(readonly text: (m: Messages) => string) {
    super("the address cannot be read");
  }
}

/** A tab holds a result of a tenth of this comfortably, and one of this not at all. */
const MOST_BYTES = 2e9;
const PATIENCE_MS = 120_000;

/** Throws an AddressError. Nobody's cookies go to another site. */
export async function fetchFile(address: string): Promise<File> {
  let url: URL;
  try {
    url = new URL(address, location.href);
  } catch {
    throw new AddressError((m) => m.start.address.protocol(address));
  }
  if (url.protocol !== "https:" && url.protocol !== "http:")
    throw new AddressError((m) => m.start.address.protocol(address));
  let answer: Response;
  try {
    answer = await fetch(url, { credentials: "same-origin", signal: AbortSignal.timeout(PATIENCE_MS) });
  } catch {
    // A wrong name, a server that does not answer and one that does not allow it look the same to a page.
    throw new AddressError((m) => m.start.address.unreachable(address));
  }
  if (!answer.ok) throw new AddressError((m) => m.start.address.refused(address, answer.status));
  if (Number(answer.headers.get("Content-Length") ?? 0) > MOST_BYTES)
    throw new AddressError((m) => m.start.address.tooLarge(address));
  try {
    return new File([await answer.blob()], decodeURIComponent(url.pathname.split("/").at(-1) || "result.vidjil"));
  } catch {
    throw new AddressError((m) => m.start.address.unreachable(address));
  }
}

/** Where the notes on a result lie when nothing is said: beside it. "" when its name does not tell. */
export function analysisBeside(data: string): string {
  const found = /^([^?#]*)\.vidjil(\.gz)?$/.exec(data);
  return found ? `${found[1]}.analysis` : "";
}

export interface ByAddress {
  readonly files: readonly File[];
  /** What could not be read, and the result is shown without. */
  readonly without: ((m: Messages) => string) | null;
}

/** A result with what was noted on it: the notes are missed only when somebody named them. */
export async function fetchResult(data: string, analysis: string | undefined): Promise<ByAddress> {
  const result = await fetchFile(data);
  const notes = analysis ?? analysisBeside(data);
  if (notes === "") return { files: [result], without: null };
  try {
    const file = await fetchFile(notes);
    // A server of pages answers with a page where there is no file.
    if ((await file.slice(0, 64).text()).trimStart().startsWith("{"))
      return { files: [result, new File([file], file.name.replace(/(\.analysis)?$/, ".analysis"))], without: null };
  } catch {
    // told below
  }
  return { files: [result], without: analysis === undefined ? null : (m) => m.start.address.noAnalysis(notes) };
}
