/** Order of texts with numbers in them: IGHV3-9 before IGHV3-11. */
const collator = new Intl.Collator("en", { numeric: true, sensitivity: "base" });

export const alphanumeric = (a: string, b: string): number => collator.compare(a, b);
