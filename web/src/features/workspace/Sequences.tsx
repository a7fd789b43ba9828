import { IconCircles, IconCopy, IconEyeOff, IconFocus2, IconTag } from "@tabler/icons-react";
import type { CSSProperties } from "react";
import { memo, useEffect, useMemo, useRef, useState } from "react";
import { translate } from "../../core/codon";
import { integer, share } from "../../core/format";
import { nameOf } from "../../core/name";
import { segmentsOf } from "../../core/sequence";
import { sizeOf } from "../../core/size";
import type { Row, Table } from "../../core/table";
import { textAt } from "../../core/table";
import { messages } from "../../i18n";
import { theme } from "../../ui/preferences";
import { useSignal } from "../../ui/useSignal";
import { SEGMENTS } from "../../views/theme";
import { SystemBadge, TagGlyph } from "./Badge";
import { CommandButton } from "./CommandButton";
import { useWorkspace } from "./context";
import { fastaOfSelection } from "./exports";
import { runsOf } from "./runs";
import { TagMenu } from "./TagMenu";
import { useHover } from "./useHover";

/** More sequences than this are not read; the panel says how many are missing. */
const MOST = 100;
/** Width of a letter and of the column of names, as the style sheet has them, in pixels. */
const [LETTER, ABOUT] = [7.2, 318];

/** Sequences of the selection, one under the other with their CDR3s in line. */
export function Sequences() {
  const ws = useWorkspace();
  const m = useSignal(messages);
  const selected = useSignal(ws.settledRows);
  const sizes = useSignal(ws.sizes);
  const [amino, setAmino] = useState(false);
  const rows = useMemo(
    () =>
      Array.from(selected)
        .sort((a, b) => sizes[b]! - sizes[a]!)
        .slice(0, MOST),
    [selected, sizes],
  );
  const anchors = rows.map((row) => anchorOf(ws.table, row));
  const furthest = Math.max(0, ...anchors);
  const scroller = useRef<HTMLDivElement>(null);
  useEffect(() => {
    // The CDR3 is what people look for: it comes into view, with some of V before it.
    if (scroller.current)
      scroller.current.scrollLeft = Math.max(0, furthest * LETTER - (scroller.current.clientWidth - ABOUT) * 0.4);
  }, [furthest]);
  return (
    <section className="pane sequences" aria-label={m.sequences.title}>
      <header className="pane-head">
        <SelectionText />
        <span className="spring" />
        {rows.length > 0 && <SelectionActions amino={amino} onAmino={setAmino} />}
      </header>
      {rows.length === 0 ? (
        <div className="empty">
          <p>{m.sequences.empty}</p>
          <p className="hint">{m.sequences.hint}</p>
        </div>
      ) : (
        <div ref={scroller} className="sequence-rows">
          {rows.map((row, i) => (
            <SequenceRow key={row} row={row} indent={furthest - anchors[i]!} amino={amino} />
          ))}
          {selected.length > MOST && <p className="hint">{m.sequences.more(selected.length - MOST)}</p>}
        </div>
      )}
    </section>
  );
}

/** The letter that stands under those of the other sequences: the start of the CDR3, else the end of V. */
const anchorOf = (table: Table, row: Row): number =>
  Math.max(0, table.cdr3.start[row]! >= 0 ? table.cdr3.start[row]! : table.fiveEnd[row]!);

function SelectionText() {
  const ws = useWorkspace();
  const m = useSignal(messages);
  const rows = useSignal(ws.settledRows);
  const clusters = useSignal(ws.clusters);
  const sample = useSignal(ws.sample);
  const sizes = useSignal(ws.sizes);
  if (rows.length === 0) return <h2>{m.sequences.title}</h2>;
  let [reads, size] = [0, 0];
  for (const row of rows) {
    reads += clusters.reads.of(row, sample);
    size += sizes[row]!;
  }
  return (
    <h2 className="num" aria-live="polite" data-testid="selected">
      {m.sequences.selected(rows.length, m.reads(reads), share(size, m.locale))}
    </h2>
  );
}

function SelectionActions({ amino, onAmino }: { amino: boolean; onAmino: (on: boolean) => void }) {
  const ws = useWorkspace();
  const m = useSignal(messages);
  const [copied, setCopied] = useState(false);
  return (
    <>
      <TagMenu>
        <button type="button" className="quiet">
          <IconTag size={15} stroke={1.6} /> {m.sequences.tag}
        </button>
      </TagMenu>
      <CommandButton id="cluster" text icon={<IconCircles size={15} stroke={1.6} />} />
      <CommandButton id="focus" text icon={<IconFocus2 size={15} stroke={1.6} />} />
      <CommandButton id="hide" text icon={<IconEyeOff size={15} stroke={1.6} />} />
      <span className="divider" />
      <button type="button" className="quiet" aria-pressed={amino} onClick={() => onAmino(!amino)}>
        {m.sequences.aminoAcids}
      </button>
      <button
        type="button"
        className="quiet icon"
        aria-label={m.sequences.copy}
        title={copied ? m.sequences.copied : m.sequences.copy}
        onClick={() => void navigator.clipboard.writeText(fastaOfSelection(ws)).then(() => setCopied(true))}
      >
        <IconCopy size={15} stroke={1.6} />
      </button>
    </>
  );
}

const SequenceRow = memo(function SequenceRow({ row, indent, amino }: { row: Row; indent: number; amino: boolean }) {
  const ws = useWorkspace();
  const m = useSignal(messages);
  const doc = useSignal(ws.doc);
  const hover = useHover(row);
  const sample = useSignal(ws.sample);
  const clusters = useSignal(ws.clusters);
  const denominator = useSignal(ws.denominator);
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
        <TagGlyph tag={doc.tags.get(row) ?? ""} />
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
      </div>
      <Letters row={row} indent={indent} amino={amino} />
    </div>
  );
});

function Letters({ row, indent, amino }: { row: Row; indent: number; amino: boolean }) {
  const ws = useWorkspace();
  const m = useSignal(messages);
  const { scheme } = useSignal(theme);
  const search = useSignal(ws.search);
  const { table } = ws;
  const sequence = table.sequence.at(row);
  if (sequence === "")
    return (
      <span className="letters" title={m.sequences.noSequence}>
        <i>{table.id.at(row)}</i>
      </span>
    );
  const [start, end] = [table.cdr3.start[row]!, table.cdr3.end[row]!];
  const runs = runsOf(segmentsOf(table, row), start, end, search?.hit(row) ?? null);
  const pad: CSSProperties = { paddingLeft: `${indent}ch` };
  return (
    <span className="letters">
      <span style={pad}>
        {runs.map((run) => {
          const colors = run.kind === "none" ? undefined : SEGMENTS[scheme][run.kind];
          return (
            <span
              key={run.start}
              className={`run${run.cdr3 ? " cdr3" : ""}${run.hit ? " hit" : ""}`}
              style={colors ? { background: colors[0], color: colors[1] } : undefined}
              data-kind={run.kind}
            >
              {sequence.slice(run.start, run.end)}
            </span>
          );
        })}
      </span>
      {amino && start >= 0 && (
        <span className="amino" style={pad} aria-hidden="true">
          {aminoLine(sequence, start, end)}
        </span>
      )}
    </span>
  );
}

/** One letter under the middle of each codon. */
function aminoLine(sequence: string, start: number, end: number): string {
  const line = Array<string>(sequence.length).fill(" ");
  for (const codon of translate(sequence, start, end)) line[Math.min(codon.end - 1, codon.start + 1)] = codon.aa;
  return line.join("");
}
