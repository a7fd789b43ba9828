/** All messages of each language, as somebody sees them who has opened every page. */
import { adminEn } from "../src/i18n/admin.en";
import { adminFr } from "../src/i18n/admin.fr";
import type { Messages } from "../src/i18n/en";
import { en as firstEn } from "../src/i18n/en";
import { fr as firstFr } from "../src/i18n/fr";
import { listsEn } from "../src/i18n/lists.en";
import { listsFr } from "../src/i18n/lists.fr";
import { peopleEn } from "../src/i18n/people.en";
import { peopleFr } from "../src/i18n/people.fr";
import { reportEn } from "../src/i18n/report.en";
import { reportFr } from "../src/i18n/report.fr";
import { sequencesEn } from "../src/i18n/sequences.en";
import { sequencesFr } from "../src/i18n/sequences.fr";
import { transferEn } from "../src/i18n/transfer.en";
import { transferFr } from "../src/i18n/transfer.fr";
import { waysEn } from "../src/i18n/ways.en";
import { waysFr } from "../src/i18n/ways.fr";

export const en: Messages = {
  ...firstEn,
  admin: adminEn,
  lists: listsEn,
  people: peopleEn,
  report: reportEn,
  sequenceWork: sequencesEn,
  transfer: transferEn,
  ways: waysEn,
};
export const fr: Messages = {
  ...firstFr,
  admin: adminFr,
  lists: listsFr,
  people: peopleFr,
  report: reportFr,
  sequenceWork: sequencesFr,
  transfer: transferFr,
  ways: waysFr,
};
