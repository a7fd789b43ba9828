/** The region is the browser's where it speaks the language of the page: days are written in many ways. */
export const regional = (locale: string): string =>
  navigator.languages.find((l) => l.toLowerCase().startsWith(locale)) ?? locale;
