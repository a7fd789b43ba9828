import { axisById } from "../../core/axes/registry";
import type { Swatch } from "../../core/colors";
import { plain, share } from "../../core/format";
import { messages } from "../../i18n";
import { theme } from "../../ui/preferences";
import { useSignal } from "../../ui/useSignal";
import { valueLabel } from "../../ui/words";
import { useWorkspace } from "./context";

/** What the colours mean. A click selects the clonotypes of a class. */
export function Legend() {
  const ws = useWorkspace();
  const m = useSignal(messages);
  const coloring = useSignal(ws.coloring);
  const listed = useSignal(ws.order);
  const axis = axisById(useSignal(ws.colorAxis));
  const { scheme } = useSignal(theme);
  const tagged = useSignal(ws.doc).tags.size > 0;
  if (!axis || axis.id === "system") return null;
  const used = new Uint8Array(coloring.swatches.length);
  for (const row of listed) used[coloring.index[row]!] = 1;
  const swatches = coloring.swatches.map((swatch, i) => ({ swatch, i })).filter(({ i }) => i > 0 && used[i] === 1);
  const choose = (i: number, add: boolean) =>
    ws.select(
      Array.from(listed).filter((row) => coloring.index[row] === i),
      add ? "add" : "replace",
    );
  if (swatches.length === 0 && axis.id === "tag" && tagged) return null;
  if (swatches.length === 0) return <p className="legend-none">{axis.id === "tag" ? m.info.noTags : m.info.noValue}</p>;
  if (axis.kind === "number") {
    const bound = (s: Swatch) =>
      axis.unit === "share" ? share(Number(s.value), m.locale, "percent", 2) : plain(Number(s.value), m.locale);
    return (
      <div className="legend ramp" role="toolbar" aria-label={m.info.legend}>
        {swatches.map(({ swatch, i }, at) => (
          <button key={swatch.value} type="button" title={bound(swatch)} onClick={(e) => choose(i, e.ctrlKey)}>
            <i style={{ background: swatch[scheme] }} />
            <span className="num">{at % 3 === 0 ? bound(swatch) : ""}</span>
          </button>
        ))}
      </div>
    );
  }
  return (
    <div className="legend" role="toolbar" aria-label={m.info.legend}>
      {swatches.map(({ swatch, i }) => (
        <button key={swatch.value} type="button" onClick={(e) => choose(i, e.ctrlKey || e.metaKey)}>
          <i style={{ background: swatch[scheme] }} /> {valueLabel(m, axis, swatch.value)}
        </button>
      ))}
    </div>
  );
}
