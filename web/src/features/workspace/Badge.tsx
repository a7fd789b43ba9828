import { locusColor } from "../../core/colors";
import { luminance, shown } from "../../core/palette";
import { isIncomplete, letterOf } from "../../core/system";
import { tagById } from "../../core/tags";
import { theme } from "../../ui/preferences";
import { useSignal } from "../../ui/useSignal";
import { useWorkspace } from "./context";

/** White or ink, whichever reads better on a colour. */
export function inkOn(color: string): string {
  const y = luminance(color);
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
    <span
      className="badge"
      {...(open ? { "data-open": "" } : {})}
      style={style}
      title={system || "xxx"}
      aria-hidden="true"
    >
      {letterOf(system, ws.table.shortcuts).toUpperCase()}
    </span>
  );
}

/** The glyph of a tag in its colour, or in that which the clonotype has of its own; a hollow dot without either. */
export function TagGlyph({ tag, color = "" }: { tag: string; color?: string | undefined }) {
  const { scheme } = useSignal(theme);
  const known = tagById(tag);
  const look = color === "" ? known : shown(color);
  if (!look)
    return (
      <span className="tag-glyph none" aria-hidden="true">
        {tag === "" ? "○" : "•"}
      </span>
    );
  return (
    <span className="tag-glyph" style={{ background: look[scheme], color: inkOn(look[scheme]) }} aria-hidden="true">
      {known?.glyph ?? (tag === "" ? "" : "•")}
    </span>
  );
}
