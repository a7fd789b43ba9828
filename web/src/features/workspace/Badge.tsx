import { locusColor } from "../../core/colors";
import { isIncomplete, letterOf } from "../../core/system";
import { tagById } from "../../core/tags";
import { theme } from "../../ui/preferences";
import { useSignal } from "../../ui/useSignal";
import { useWorkspace } from "./context";

/** White or ink, whichever reads better on a colour. */
export function inkOn(color: string): string {
  const n = Number.parseInt(color.slice(1), 16);
  const linear = (v: number) => (v / 255 <= 0.04045 ? v / 255 / 12.92 : ((v / 255 + 0.055) / 1.055) ** 2.4);
  const y = 0.2126 * linear(n >> 16) + 0.7152 * linear((n >> 8) & 255) + 0.0722 * linear(n & 255);
  return 1.05 / (y + 0.05) > (y + 0.05) / 0.06 ? "#ffffff" : "#16202b";
}

/** The letter of a system, filled; in outline for incomplete and unusual ones. */
export function SystemBadge({ system }: { system: string }) {
  const { scheme } = useSignal(theme);
  const ws = useWorkspace();
  const color = locusColor(system)[scheme === "dark" ? 1 : 0];
  const open = isIncomplete(system);
  const style = open ? { boxShadow: `inset 0 0 0 1.5px ${color}` } : { background: color, color: inkOn(color) };
  return (
    <span className="badge" style={style} title={system || "xxx"} aria-hidden="true">
      {letterOf(system, ws.table.shortcuts).toUpperCase()}
    </span>
  );
}

/** The glyph of a tag in its colour; a hollow dot without one. */
export function TagGlyph({ tag }: { tag: string }) {
  const { scheme } = useSignal(theme);
  const known = tagById(tag);
  if (!known)
    return (
      <span className="tag-glyph none" aria-hidden="true">
        {tag === "" ? "○" : "•"}
      </span>
    );
  return (
    <span className="tag-glyph" style={{ background: known[scheme], color: inkOn(known[scheme]) }} aria-hidden="true">
      {known.glyph}
    </span>
  );
}
