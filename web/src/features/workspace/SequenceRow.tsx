import type { CSSProperties } from "react";
import { memo, useMemo } from "react";
import { axisById } from "../../core/axes/registry";
import { integer, plain, share } from "../../core/format";
import type { GermlineMarks } from "../../core/germline";
import type { Piece } from "../../core/letters";
import { aminoLine, LOW_PHRED, MOST_PHRED, piecesOf, qualityHeights, spanAt } from "../../core/letters";
import { nameOf } from "../../core/name";
import { segmentsOf } from "../../core/sequence";
import { sizeOf } from "../../core/size";
import type { Dictionary, Row } from "../../core/table";
import { textAt } from "../../core/table";
import type { Messages } from "../../i18n";
import { messages } from "../../i18n";
import { theme } from "../../ui/preferences";
import { useSignal } from "../../ui/useSignal";
import { valueLabel } from "../../ui/words";
import { SEGMENTS } from "../../views/theme";
import { SystemBadge, TagGlyph } from "./Badge";
import { useWorkspace } from "./context";
import { IDENTITY, panelOptions } from "./panel";
import { useHover } from "./useHover";

interface SequenceRowProps {
  readonly row: Row;
  /** Columns before the first letter. */
  readonly indent: number;
  readonly aligned: string | null;
  readonly reference: string | null;
  readonly marks: GermlineMarks | null;
  /** Changes when letters have come. */
  readonly arrived: number;
}

export const SequenceRow = memo(function SequenceRow(props: SequenceRowProps) {
  const { row, marks } = props;
  const ws = useWorkspace();
  const m = useSignal(messages);
  const doc = useSignal(ws.doc);
  const hover = useHover(row);
  const sample = useSignal(ws.sample);
  const clusters = useSignal(ws.clusters);
  const denominator = useSignal(ws.denominator);
  const { columns } = useSignal(panelOptions);
  const size = sizeOf(ws.table, clusters.reads, denominator, doc.standard, row, sample);
  return (
    <div
      className={hover ? "sequence-row hover" : "sequence-row"}
      onPointerEnter={() => {
        ws.hover.value = row;
      }}
      onPointerLeave={() => {
        ws.hover.value = null;
      }}
    >
      <div className="sequence-about">
        <SystemBadge system={textAt(ws.table.system, row)} />
        <TagGlyph tag={doc.tags.get(row) ?? ""} color={doc.colors.get(row)} />
        <button
          type="button"
          className="sequence-name"
          title={ws.table.name.at(row)}
          onClick={() => ws.openDetails(row)}
        >
          <bdi>{nameOf(ws.table, doc, row)}</bdi>
        </button>
        <span className="num" title={integer(clusters.reads.of(row, sample), m.locale)}>
          {share(size, m.locale)}
        </span>
        {columns.map((id) => (
          <ColumnCell key={id} id={id} row={row} marks={marks} />
        ))}
      </div>
      <Letters {...props} />
    </div>
  );
});

function ColumnCell({ id, row, marks }: { id: string; row: Row; marks: GermlineMarks | null }) {
  const m = useSignal(messages);
  const axis = axisById(id);
  if (id === IDENTITY) {
    const text = marks && !Number.isNaN(marks.identity) ? share(marks.identity, m.locale, "percent", 4) : "–";
    return (
      <span className="sequence-column num" title={marks ? m.sequenceWork.identityOf(marks.compared) : ""}>
        {text}
      </span>
    );
  }
  return axis ? <AxisCell id={id} row={row} /> : <span className="sequence-column" />;
}

function AxisCell({ id, row }: { id: string; row: Row }) {
  const ws = useWorkspace();
  const m = useSignal(messages);
  // The values' own dependencies decide when they change; here they are read whenever the row is drawn.
  useSignal(ws.sample);
  useSignal(ws.denominator);
  const axis = axisById(id)!;
  if (!axis.available(ws.table)) return <span className="sequence-column">–</span>;
  if (axis.kind === "category") {
    const text = textAt(ws.values(axis) as Dictionary, row);
    const shown = text === "" ? "–" : valueLabel(m, axis, text);
    return (
      <span className="sequence-column" title={shown}>
        <bdi>{shown}</bdi>
      </span>
    );
  }
  const value = (ws.values(axis) as ArrayLike<number>)[row] ?? Number.NaN;
  const text = axis.unit === "share" ? share(value, m.locale) : Number.isNaN(value) ? "–" : plain(value, m.locale);
  return <span className="sequence-column num">{text}</span>;
}

function Letters({ row, indent, aligned, reference, marks, arrived }: SequenceRowProps) {
  const ws = useWorkspace();
  const m = useSignal(messages);
  const search = useSignal(ws.search);
  const options = useSignal(panelOptions);
  const { table, sequences } = ws;
  const pad: CSSProperties = { paddingLeft: `${indent}ch` };
  const pieces = useMemo(() => {
    arrived;
    const sequence = sequences.sequence(row);
    if (sequence === "") return [];
    return piecesOf({
      sequence,
      segments: segmentsOf(table, row),
      cdr3: spanAt(table.cdr3, row),
      junction: spanAt(table.junction, row),
      hit: search?.hit(row) ?? null,
      marks: options.mutations ? (marks?.marks ?? []) : [],
      aligned,
      reference,
      dots: options.dots,
    });
  }, [arrived, sequences, table, row, search, options.mutations, options.dots, marks, aligned, reference]);
  const sequence = sequences.sequence(row);
  if (!sequences.has(row)) return <span className="letters pending">{m.sequenceWork.coming}</span>;
  if (sequence === "")
    return (
      <span className="letters" title={m.sequences.noSequence}>
        <i>{aligned ?? table.id.at(row)}</i>
      </span>
    );
  const cdr3 = spanAt(table.cdr3, row);
  return (
    <span className="letters">
      <span style={pad}>
        {pieces.map((piece) => (
          <Run key={piece.at} piece={piece} m={m} />
        ))}
      </span>
      {options.quality && (
        <Quality heights={qualityHeights(sequence, sequences.quality(row), aligned)} indent={indent} />
      )}
      {options.amino && cdr3.start >= 0 && (
        <span className="amino" style={pad} aria-hidden="true">
          {aminoLine(sequence, cdr3, aligned)}
        </span>
      )}
    </span>
  );
}

function Run({ piece, m }: { piece: Piece; m: Messages }) {
  const { scheme } = useSignal(theme);
  const colors = piece.kind === "none" ? undefined : SEGMENTS[scheme][piece.kind];
  const classes = ["run", piece.change && `change ${piece.change}`];
  if (piece.cdr3) classes.push("cdr3");
  if (piece.anchor) classes.push("anchor");
  if (piece.hit) classes.push("hit");
  if (piece.differs) classes.push("differs");
  return (
    <span
      className={classes.filter(Boolean).join(" ")}
      style={colors ? { background: colors[0], ...(piece.change ? {} : { color: colors[1] }) } : undefined}
      data-kind={piece.kind}
      {...(piece.change ? { title: m.sequenceWork.change(piece.change, piece.germline, piece.text) } : {})}
    >
      {piece.text}
    </span>
  );
}

/** Bars as high as Phred 40 is high; those below 20, one error in a hundred, in the colour of warnings. */
function Quality({ heights, indent }: { heights: Float32Array; indent: number }) {
  const n = heights.length;
  const path = (low: boolean) => {
    let d = "";
    heights.forEach((h, i) => {
      if (h > 0 && h < LOW_PHRED / MOST_PHRED === low) d += `M${i} 1V${(1 - h).toFixed(3)}h1V1z`;
    });
    return d;
  };
  return (
    <svg
      className="quality"
      viewBox={`0 0 ${n} 1`}
      preserveAspectRatio="none"
      style={{ width: `${n}ch`, marginLeft: `${indent}ch` }}
      aria-hidden="true"
    >
      <path d={path(false)} className="fine" />
      <path d={path(true)} className="low" />
    </svg>
  );
}
