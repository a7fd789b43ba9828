/**
 * Messages that come with the pages that show them, so that nobody waits for the words of pages that they do not open.
 * Types only: the words are in the files of each language (index.ts).
 */
import type { AdminMessages } from "./admin.en";
import type { ListsMessages } from "./lists.en";
import type { PeopleMessages } from "./people.en";
import type { ReportMessages } from "./report.en";
import type { SequencesMessages } from "./sequences.en";
import type { TransferMessages } from "./transfer.en";
import type { WaysMessages } from "./ways.en";

export interface Areas {
  /** Administration, and the second factor of an account. */
  readonly admin: AdminMessages;
  /** Lists, sets, uploads, jobs. */
  readonly lists: ListsMessages;
  /** What people have of the server: mails, usage, archives, erasure, retention, its log; sequences without an account. */
  readonly people: PeopleMessages;
  /** The report, and exports. */
  readonly report: ReportMessages;
  /** Archives that go to other servers, or come from them. */
  readonly transfer: TransferMessages;
  /** Ways into one's own account. */
  readonly ways: WaysMessages;
  /** The workspace. */
  readonly sequenceWork: SequencesMessages;
}

export type Area = keyof Areas;
