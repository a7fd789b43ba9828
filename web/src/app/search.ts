import { parseSearchWith, stringifySearchWith } from "@tanstack/react-router";

/**
 * A query as its writer left it. The router reads values as JSON and writes what it has read: "12e5", a clonotype's token,
 * would become a number, and a name that stands twice a list of JSON, which the workspace does not read.
 */
const exactly = (text: string): unknown => {
  const value: unknown = JSON.parse(text);
  // Quotes are the router's around a text that would be read as something else; others are part of the text.
  if (JSON.stringify(value) !== text || (typeof value === "string" && !isRead(value)))
    throw new SyntaxError("not as the router writes it");
  return value;
};

function isRead(text: string): boolean {
  try {
    exactly(text);
    return true;
  } catch {
    return false;
  }
}

const one = stringifySearchWith(JSON.stringify, exactly);
export const parseSearch = parseSearchWith(exactly);
export function stringifySearch(search: Readonly<Record<string, unknown>>): string {
  const lists = Object.entries(search).filter(([, value]) => Array.isArray(value));
  const query = new URLSearchParams(
    one(Object.fromEntries(Object.entries(search).filter(([, v]) => !Array.isArray(v)))),
  );
  for (const [name, values] of lists) for (const value of values as unknown[]) query.append(name, String(value));
  return query.size > 0 ? `?${query}` : "";
}
