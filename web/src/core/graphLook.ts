/** How the time graph is looked at, and how a link has it. */

export interface GraphLook {
  readonly scale: "log" | "linear";
  /**
   * Where samples stand: at even distances; by their dates as far as labels keep apart ("near": an interval is at most
   * twice as long as another); or by the days between them.
   */
  readonly spacing: "near" | "even" | "days";
  /** Names of further series that are drawn on an axis of their own. */
  readonly series: readonly string[];
}

export const GRAPH_LOOK: GraphLook = { scale: "log", spacing: "near", series: [] };

export const SPACINGS = ["near", "even", "days"] as const;

/** "" is the usual look. */
export function encodeLook(look: GraphLook): string {
  const parts = [
    look.scale === "linear" ? "lin" : "",
    look.spacing === "near" ? "" : look.spacing,
    ...look.series.map((name) => `+${encodeURIComponent(name)}`),
  ];
  return parts.filter((part) => part !== "").join(",");
}

export function decodeLook(text: string): GraphLook {
  const parts = text.split(",");
  return {
    scale: parts.includes("lin") ? "linear" : "log",
    spacing: SPACINGS.find((known) => parts.includes(known)) ?? "near",
    series: parts.filter((part) => part.startsWith("+")).map((part) => safe(part.slice(1))),
  };
}

/** A broken escape of a mistyped link stands for itself. */
function safe(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
