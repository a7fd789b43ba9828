import { axisById } from "../../core/axes/registry";
import type { Swatch } from "../../core/colors";
import { plain, share } from "../../core/format";
import { nameOf } from "../../core/name";
import type { Row } from "../../core/table";
import { messages } from "../../i18n";
import { theme } from "../../ui/preferences";
import { useSignal } from "../../ui/useSignal";
import { valueLabel } from "../../ui/words";
import { ownLabel } from "./ColorMenu";
import { useWorkspace } from "./context";

interface Class {
  readonly swatch: Swatch;
  /** Its index in the colouring. */
  readonly i: number;
}

/** What the colours mean: those of the chosen axis, and those of single clonotypes. A click selects who has them. */
export function Legend() {
  const ws = useWorkspace();
  const coloring = useSignal(ws.coloring);
  const listed = useSignal(ws.order);
  const used = new Uint8Array(coloring.swatches.length);
  for (const row of listed) used[coloring.index[row]!] = 1;
  const classes = coloring.swatches.map((swatch, i) => ({ swatch, i })).filter(({ i }) => i > 0 && used[i] === 1);
  const choose = (i: number, add: boolean) =>
    ws.select(
      Array.from(listed).filter((row) => coloring.index[row] === i),
      add ? "add" : "replace",
    );
  return (
    <div className="legends">
      <OfAxis classes={classes.filter(({ swatch }) => !swatch.own)} onChoose={choose} />
      <Own classes={classes.filter(({ swatch }) => swatch.own)} onChoose={choose} />
    </div>
  );
}

interface Props {
  readonly classes: readonly Class[];
  readonly onChoose: (i: number, add: boolean) => void;
}

function OfAxis({ classes, onChoose }: Props) {
  const ws = useWorkspace();
  const m = useSignal(messages);
  const axis = axisById(useSignal(ws.colorAxis));
  const { scheme } = useSignal(theme);
  const tagged = useSignal(ws.doc).tags.size > 0;
  if (!axis || axis.id === "system") return null;
  if (classes.length === 0 && axis.id === "tag" && tagged) return null;
  if (classes.length === 0) return <p className="legend-none">{axis.id === "tag" ? m.info.noTags : m.info.noValue}</p>;
  if (axis.kind === "number") {
    const bound = (s: Swatch) =>
      axis.unit === "share" ? share(Number(s.value), m.locale, "percent", 2) : plain(Number(s.value), m.locale);
    return (
      <div className="legend ramp" role="toolbar" aria-label={m.info.legend}>
        {classes.map(({ swatch, i }, at) => (
          <button key={swatch.value} type="button" title={bound(swatch)} onClick={(e) => onChoose(i, e.ctrlKey)}>
            <i style={{ background: swatch[scheme] }} />
            <span className="num">{at % 3 === 0 ? bound(swatch) : ""}</span>
          </button>
        ))}
      </div>
    );
  }
  return (
    <div className="legend" role="toolbar" aria-label={m.info.legend}>
      {classes.map(({ swatch, i }) => (
        <button key={swatch.value} type="button" onClick={(e) => onChoose(i, e.ctrlKey || e.metaKey)}>
          <i style={{ background: swatch[scheme] }} /> {valueLabel(m, axis, swatch.value)}
        </button>
      ))}
    </div>
  );
}

/** A colour of one clonotype is called by its name; of several, by how many have it. */
function Own({ classes, onChoose }: Props) {
  const ws = useWorkspace();
  const m = useSignal(messages);
  const doc = useSignal(ws.doc);
  const { scheme } = useSignal(theme);
  if (classes.length === 0) return null;
  const having = new Map<string, Row[]>();
  for (const [row, color] of doc.colors) having.set(color, [...(having.get(color) ?? []), row]);
  return (
    <div className="legend own" role="toolbar" aria-label={m.sequenceWork.colours.own}>
      {classes.map(({ swatch, i }) => {
        const rows = having.get(swatch.value) ?? [];
        const text = rows.length === 1 ? nameOf(ws.table, doc, rows[0]!) : m.sequenceWork.colours.of(rows.length);
        return (
          <button
            key={swatch.value}
            type="button"
            title={ownLabel(m, swatch.value)}
            onClick={(e) => onChoose(i, e.ctrlKey || e.metaKey)}
          >
            <i style={{ background: swatch[scheme] }} /> <bdi>{text}</bdi>
          </button>
        );
      })}
    </div>
  );
}
