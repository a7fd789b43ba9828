import type { CSSProperties } from "react";
import { Fragment, useEffect, useMemo, useRef, useState } from "react";
import type { GermlineMarks } from "../../core/germline";
import { germlineMarks } from "../../core/germline";
import type { GermlineSet } from "../../core/germlineSet";
import { SPECIES } from "../../core/germlineSet";
import type { Row, Table } from "../../core/table";
import { messages } from "../../i18n";
import { useSignal } from "../../ui/useSignal";
import { useWorkspace } from "./context";
import { GeneRows } from "./GeneRows";
import { IDENTITY, panelOptions } from "./panel";
import { SelectionActions, SelectionText } from "./SequenceBar";
import { SequenceRow } from "./SequenceRow";
import { useAlignment } from "./useAlignment";
import { useGenes } from "./useGenes";

/** More sequences than this are not read; the panel says how many are missing. */
const MOST = 100;
/** Width of a letter, of the names, and of a column beside them, as the style sheet has them, in pixels. */
const [LETTER, ABOUT, COLUMN] = [7.2, 318, 92];

/** Sequences of the selection, one under the other with their CDR3s in line, or aligned. */
export function Sequences() {
  const ws = useWorkspace();
  const m = useSignal(messages);
  const selected = useSignal(ws.settledRows);
  const sizes = useSignal(ws.sizes);
  const arrived = useSignal(ws.sequences.arrived);
  const options = useSignal(panelOptions);
  const [aligning, setAligning] = useState(false);
  const rows = useMemo(
    () =>
      Array.from(selected)
        .sort((a, b) => sizes[b]! - sizes[a]!)
        .slice(0, MOST),
    [selected, sizes],
  );
  useNeeded(rows);
  const alignment = useAlignment(rows, aligning && rows.length > 1, arrived);
  const genes = useGenes(rows, options.mutations || options.germline || options.columns.includes(IDENTITY));
  const marks = useMemo(() => {
    arrived;
    if (genes.state !== "ready") return null;
    return new Map(rows.map((row) => [row, germlineMarks(ws.table, row, ws.sequences.sequence(row), genes.of)]));
  }, [genes, rows, ws, arrived]);
  const columns = options.columns.length;
  const scroller = useRef<HTMLDivElement>(null);
  const anchors = rows.map((row) => anchorOf(ws.table, row, alignment.of.get(row) ?? null));
  const furthest = Math.max(0, ...anchors);
  useEffect(() => {
    // The CDR3 is what people look for: it comes into view, with some of V before it.
    const about = ABOUT + columns * COLUMN;
    if (scroller.current)
      scroller.current.scrollLeft = Math.max(0, furthest * LETTER - (scroller.current.clientWidth - about) * 0.4);
  }, [furthest, columns]);
  return (
    <section className="pane sequences" aria-label={m.sequences.title}>
      <header className="pane-head">
        <SelectionText />
        <span className="spring" />
        {rows.length > 0 && (
          <SelectionActions aligning={aligning} alignment={alignment} onAlign={setAligning} rows={rows} />
        )}
      </header>
      <Remarks alignment={alignment} genes={genes} marks={marks} />
      {rows.length === 0 ? (
        <div className="empty">
          <p>{m.sequences.empty}</p>
          <p className="hint">{m.sequences.hint}</p>
        </div>
      ) : (
        <section
          ref={scroller}
          className="sequence-rows"
          // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by the keyboard
          tabIndex={0}
          aria-label={m.sequenceWork.letters}
          style={{ "--columns": columns } as CSSProperties}
        >
          <div className="sequence-sheet">
            {columns > 0 && <ColumnHeads />}
            {rows.map((row, i) => (
              <Fragment key={row}>
                <SequenceRow
                  row={row}
                  indent={alignment.of.has(row) ? 0 : furthest - anchors[i]!}
                  aligned={alignment.of.get(row) ?? null}
                  reference={i > 0 ? (alignment.of.get(rows[0]!) ?? null) : null}
                  marks={marks?.get(row) ?? null}
                  arrived={arrived}
                />
                {options.germline && genes.state === "ready" && (
                  <GeneRows
                    row={row}
                    indent={alignment.of.has(row) ? 0 : furthest - anchors[i]!}
                    aligned={alignment.of.get(row) ?? null}
                    gene={genes.of}
                    arrived={arrived}
                  />
                )}
              </Fragment>
            ))}
            {selected.length > MOST && <p className="hint">{m.sequences.more(selected.length - MOST)}</p>}
          </div>
        </section>
      )}
    </section>
  );
}

/** Letters of what is shown are fetched when it has been chosen. */
function useNeeded(rows: readonly Row[]): void {
  const ws = useWorkspace();
  useEffect(() => {
    ws.sequences.need(rows).catch(() => undefined); // the panel tells, from the signal
  }, [ws, rows]);
}

/** The letter that stands under those of the other sequences: the start of the CDR3, else the end of V. */
function anchorOf(table: Table, row: Row, aligned: string | null): number {
  const at = Math.max(0, table.cdr3.start[row]! >= 0 ? table.cdr3.start[row]! : table.fiveEnd[row]!);
  if (aligned === null) return at;
  let left = at;
  for (let i = 0; i < aligned.length; i++) if (aligned[i] !== "-" && left-- === 0) return i;
  return at;
}

function ColumnHeads() {
  const m = useSignal(messages);
  const { columns } = useSignal(panelOptions);
  return (
    <div className="sequence-row sequence-heads" aria-hidden="true">
      <div className="sequence-about">
        <span className="spring" />
        {columns.map((id) => (
          <span key={id} className="sequence-column">
            {id === IDENTITY ? m.sequenceWork.identity : (m.axis[id] ?? id)}
          </span>
        ))}
      </div>
    </div>
  );
}

interface RemarksProps {
  readonly alignment: ReturnType<typeof useAlignment>;
  readonly genes: ReturnType<typeof useGenes>;
  readonly marks: ReadonlyMap<Row, GermlineMarks> | null;
}

/** What people must know to read the letters: who aligned them, what could not be compared, what did not come. */
function Remarks({ alignment, genes, marks }: RemarksProps) {
  const ws = useWorkspace();
  const m = useSignal(messages);
  const failure = useSignal(ws.sequences.failure);
  const rows = useSignal(ws.settledRows);
  const words = m.sequenceWork;
  const said: string[] = [];
  if (alignment.state === "ready") said.push(words.alignedBy[alignment.by]);
  if (alignment.state === "loading") said.push(words.aligning);
  if (alignment.state === "failed") said.push(words.alignFailed(textOf(alignment.error)));
  if (genes.state !== "off" && genes.state !== "ready" && genes.state !== "noSpecies")
    said.push(words.genes[genes.state]);
  if (genes.otherEdition) said.push(words.genes.otherEdition);
  const missing = [...new Set([...(marks?.values() ?? [])].flatMap((each) => each.missing))];
  if (missing.length > 0) said.push(words.genes.missing(missing.slice(0, 5).join(", "), missing.length));
  const asks = genes.state === "noSpecies" || (genes.set !== null && genes.state === "ready");
  if (said.length === 0 && !failure && !asks) return null;
  return (
    <p className="sequence-remarks" role="status">
      {asks && <SpeciesChoice set={genes.set} />}
      {asks && said.length > 0 && " · "}
      {said.join(" · ")}
      {failure ? (
        <>
          {said.length > 0 && " · "}
          {words.lettersFailed}{" "}
          <button
            type="button"
            className="link"
            onClick={() => void ws.sequences.need(rows.slice(0, MOST)).catch(() => undefined)}
          >
            {m.server.common.retry}
          </button>
        </>
      ) : null}
    </p>
  );
}

/** Which genes a file of this computer is compared to: what it tells, or what somebody chooses. */
function SpeciesChoice({ set }: { set: GermlineSet | null }) {
  const ws = useWorkspace();
  const m = useSignal(messages);
  const species = useSignal(ws.species);
  const words = m.sequenceWork.species;
  return (
    <label className="species-choice">
      {words.label}{" "}
      <select
        className="select"
        value={species ?? ""}
        onChange={(e) => {
          ws.species.value = SPECIES.find((each) => each === e.currentTarget.value) ?? null;
        }}
      >
        {species === null && <option value="">{words.choose}</option>}
        {SPECIES.map((each) => (
          <option key={each} value={each}>
            {words.names[each]}
          </option>
        ))}
      </select>
      {set && <span> {set.version}</span>}
    </label>
  );
}

const textOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
