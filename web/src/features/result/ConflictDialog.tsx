import { useMemo, useState } from "react";
import { writeAnalysis } from "../../core/analysis";
import type { Table } from "../../core/table";
import { download, fileName } from "../../ui/download";
import { useSignal } from "../../ui/useSignal";
import { clockText } from "../server/format";
import { Dialog, useMessages } from "../server/parts";
import type { Autosave, Conflict } from "./autosave";
import { fieldOf, subjectOf, valueText } from "./Difference";
import type { Difference, Side } from "./merge";
import { differences, merged } from "./merge";

interface Props {
  readonly autosave: Autosave;
  readonly table: Table;
  /** For the name of a file. */
  readonly name: string;
}

/** Two people have noted something on the same set: what each did is shown, the second decides, and nobody's work is gone. */
export function ConflictDialog({ autosave, table, name }: Props) {
  const m = useMessages();
  const state = useSignal(autosave.state);
  const [put, setPut] = useState<unknown>(null);
  if (state.kind !== "conflict") return null;
  const words = m.server.result;
  return (
    <>
      {put === state && (
        <button type="button" className="button conflict-open" onClick={() => setPut(null)}>
          {words.conflictTitle}
        </button>
      )}
      <Dialog opened={put !== state} onClose={() => setPut(state)} title={words.conflictTitle} size="xl">
        <Sides autosave={autosave} table={table} name={name} state={state} />
        <button type="button" className="quiet" onClick={() => setPut(state)}>
          {words.later}
        </button>
      </Dialog>
    </>
  );
}

function Sides({ autosave, table, name, state }: Props & { state: Conflict }) {
  const m = useMessages();
  const words = m.sequenceWork.conflict;
  // What was noted since the conflict belongs to mine: it is taken when the dialog opens.
  const mine = useMemo(() => autosave.body(), [autosave]);
  const list = useMemo(() => differences(state.base, mine, state.theirs.body), [state, mine]);
  const [chosen, setChosen] = useState<ReadonlyMap<string, Side>>(new Map());
  const choose = (d: Difference): Side => chosen.get(d.key) ?? "mine";
  const both = list.filter((d) => d.by === "both").length;
  const { theirs } = state;
  const copy = () => {
    const now = new Date().toISOString().slice(0, 19).replace("T", " ");
    download(`${fileName(name)}.analysis`, writeAnalysis(table, autosave.document, now), "application/json");
  };
  return (
    <>
      <p>{m.server.result.conflict(theirs.author ?? "", clockText(theirs.created_at ?? Date.now(), m.locale))}</p>
      {list.length === 0 ? (
        <p>{words.same}</p>
      ) : (
        <>
          <p className="hint">{both > 0 ? words.decide(both) : words.apart}</p>
          <div className="scroll conflict-table">
            <table>
              <thead>
                <tr>
                  <th scope="col">{words.what}</th>
                  <th scope="col">{words.mine}</th>
                  <th scope="col">{theirs.author || words.theirs}</th>
                </tr>
              </thead>
              <tbody>
                {list.map((d) => (
                  <DifferenceRow
                    key={d.key}
                    table={table}
                    d={d}
                    side={d.by === "both" ? choose(d) : d.by}
                    onChoose={(side) => setChosen(new Map(chosen).set(d.key, side))}
                  />
                ))}
              </tbody>
            </table>
          </div>
        </>
      )}
      <dl className="choices">
        <dt>
          <button
            type="button"
            className="button primary"
            onClick={() => void autosave.keepBoth(merged(mine, theirs.body, list, choose))}
          >
            {words.merge}
          </button>
        </dt>
        <dd>{words.mergeText}</dd>
        <dt>
          <button type="button" className="button" onClick={() => void autosave.keepMine()}>
            {m.server.result.keepMine}
          </button>
        </dt>
        <dd>{m.server.result.keepMineText}</dd>
        <dt>
          <button type="button" className="button" onClick={() => autosave.takeTheirs()}>
            {m.server.result.reloadTheirs}
          </button>
        </dt>
        <dd>{m.server.result.reloadText}</dd>
        <dt>
          <button type="button" className="button" onClick={copy}>
            {words.copy}
          </button>
        </dt>
        <dd>{words.copyText}</dd>
      </dl>
    </>
  );
}

interface RowProps {
  readonly table: Table;
  readonly d: Difference;
  readonly side: Side;
  onChoose(side: Side): void;
}

function DifferenceRow({ table, d, side, onChoose }: RowProps) {
  const m = useMessages();
  const words = m.sequenceWork.conflict;
  const subject = subjectOf(m, table, d.part, d.id);
  const cell = (of: Side) => {
    const text = valueText(m, table, d.field, d[of]);
    if (d.by !== "both") return <span className={side === of ? "" : "secondary"}>{text}</span>;
    return (
      <label className="conflict-choice">
        <input
          type="radio"
          name={d.key}
          checked={side === of}
          aria-label={`${subject}, ${fieldOf(m, d.part, d.field)}: ${words[of]}`}
          onChange={() => onChoose(of)}
        />
        <bdi>{text}</bdi>
      </label>
    );
  };
  return (
    <tr className={d.by === "both" ? "both" : ""}>
      <th scope="row">
        <bdi>{subject}</bdi> <span className="secondary">{fieldOf(m, d.part, d.field)}</span>
      </th>
      <td>{cell("mine")}</td>
      <td>{cell("theirs")}</td>
    </tr>
  );
}
