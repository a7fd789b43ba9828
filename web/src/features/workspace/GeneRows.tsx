import type { CSSProperties, ReactNode } from "react";
import { useMemo } from "react";
import type { Gene, GeneLine } from "../../core/germline";
import { geneLines } from "../../core/germline";
import { columnsOf } from "../../core/letters";
import type { Row } from "../../core/table";
import { messages } from "../../i18n";
import { theme } from "../../ui/preferences";
import { useSignal } from "../../ui/useSignal";
import { SEGMENTS } from "../../views/theme";
import { useWorkspace } from "./context";

interface Props {
  readonly row: Row;
  readonly indent: number;
  readonly aligned: string | null;
  readonly gene: (name: string) => Gene | undefined;
  /** Changes when letters have come. */
  readonly arrived: number;
}

/** The germline genes of a clonotype under its letters: what is cut away small, what differs marked. */
export function GeneRows({ row, indent, aligned, gene, arrived }: Props) {
  const ws = useWorkspace();
  const sequence = ws.sequences.sequence(row);
  const { lines, missing } = useMemo(() => {
    arrived;
    return geneLines(ws.table, row, sequence, gene);
  }, [ws, row, sequence, gene, arrived]);
  const columns = useMemo(() => columnsOf(sequence, aligned), [sequence, aligned]);
  const { unknown } = useSignal(messages).sequenceWork.geneRows;
  return (
    <>
      {lines.map((line) => (
        <GeneRow key={line.kind} name={line.gene}>
          <span style={{ paddingLeft: `${indent}ch` } satisfies CSSProperties}>
            <GeneLetters line={line} columns={columns} />
          </span>
        </GeneRow>
      ))}
      {missing.map((name) => (
        <GeneRow key={name} name={name}>
          <span className="gene-unknown">{unknown}</span>
        </GeneRow>
      ))}
    </>
  );
}

function GeneRow({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div className="sequence-row gene-row">
      <div className="sequence-about">
        <span className="gene-name" title={name}>
          {name}
        </span>
      </div>
      <span className="letters">{children}</span>
    </div>
  );
}

interface GeneRun {
  readonly at: number;
  readonly text: string;
  readonly state: "same" | "differs" | "cut" | "none";
  readonly lost: string;
}

/** Letters of equal look, with the empty columns between them. */
function runsOf(line: GeneLine, columns: Int32Array): readonly GeneRun[] {
  const out: GeneRun[] = [];
  let end = 0;
  for (const { at, letter, state, before } of line.letters) {
    const column = columns[at]!;
    if (column > end) out.push({ at: end, text: " ".repeat(column - end), state: "none", lost: "" });
    const last = out.at(-1);
    if (last && last.state === state && state !== "differs" && before === "")
      out[out.length - 1] = { ...last, text: last.text + letter };
    else out.push({ at: column, text: letter, state, lost: before });
    end = column + 1;
  }
  return out;
}

function GeneLetters({ line, columns }: { line: GeneLine; columns: Int32Array }) {
  const m = useSignal(messages);
  const { scheme } = useSignal(theme);
  const [background, color] = SEGMENTS[scheme][line.kind];
  const words = m.sequenceWork.geneRows;
  return runsOf(line, columns).map((run) =>
    run.state === "none" ? (
      run.text
    ) : (
      <span
        key={run.at}
        className={`run gene ${run.state}${run.lost === "" ? "" : " lost"}`}
        style={run.state === "cut" ? undefined : { background, color }}
        title={run.lost !== "" ? words.lost(run.lost) : run.state === "cut" ? words.cut : undefined}
      >
        {run.text}
      </span>
    ),
  );
}
