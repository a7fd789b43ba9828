import { regional } from "../../i18n/regional";

/** "YYYY-MM-DD" as people write it. */
export function formatDate(date: string, locale: string): string {
  return date === ""
    ? ""
    : new Intl.DateTimeFormat(regional(locale), { dateStyle: "medium", timeZone: "UTC" }).format(
        new Date(`${date}T00:00:00Z`),
      );
}
