import { useEffect, useRef, useState } from "react";
import { axesFor } from "../../core/axes/registry";
import { integer, plain, share } from "../../core/format";
import { nameOf } from "../../core/name";
import { correlation, sizeOf } from "../../core/size";
import type { Row } from "../../core/table";
import { Productive, textAt } from "../../core/table";
import { codesOf } from "../../core/warnings";
import { messages } from "../../i18n";
import { Modal } from "../../ui/Modal";
import { useSignal } from "../../ui/useSignal";
import { axisLabel, denominatorLabel } from "../../ui/words";
import { useWorkspace } from "./context";
import { StandardChoice } from "./SizeMenu";

/** A clonotype whose course has at least this correlation over the samples goes with another. */
const CORRELATED = 0.9;

/** All that is known of a clonotype. */
export function Details() {
  const ws = useWorkspace();
  const m = useSignal(messages);
  const row = useSignal(ws.details);
  const doc = useSignal(ws.doc);
  return (
    <Modal
      opened={row !== null}
      onClose={() => ws.openDetails(null)}
      size="lg"
      title={row === null ? "" : nameOf(ws.table, doc, row)}
      closeButtonProps={{ "aria-label": m.details.close }}
    >
      {row !== null && <Facts key={row} row={row} />}
    </Modal>
  );
}

function Facts({ row }: { row: Row }) {
  const ws = useWorkspace();
  const m = useSignal(messages);
  const doc = useSignal(ws.doc);
  const { table } = ws;
  const [name, setName] = useState(doc.names.get(row) ?? "");
  const [note, setNote] = useState(doc.notes.get(row) ?? "");
  const id = ws.idsOf([row])[0]!;
  const latest = useRef(() => {});
  latest.current = () => {
    if (name !== (doc.names.get(row) ?? "")) ws.commit({ kind: "rename", id, name });
    if (note !== (doc.notes.get(row) ?? "")) ws.commit({ kind: "note", id, note });
  };
  // However the dialog is left, what was typed is kept; undo takes it back.
  useEffect(() => () => latest.current(), []);
  const p = table.productive[row];
  const why = textAt(table.unproductive, row);
  const productivity =
    p === Productive.yes ? m.details.productive : p === Productive.no ? m.details.notProductive : m.details.unknown;
  const warnings = codesOf(textAt(table.warnings, row));
  const evidence = table.evidence(row);
  return (
    <form
      className="details"
      onSubmit={(e) => {
        e.preventDefault();
        ws.openDetails(null);
      }}
    >
      <dl>
        <dt>{m.details.name}</dt>
        <dd>
          <input
            className="field"
            aria-label={m.details.name}
            value={name}
            placeholder={nameOf(table, { ...doc, names: new Map() }, row)}
            onChange={(e) => setName(e.currentTarget.value)}
          />
        </dd>
        <dt>{m.details.designation}</dt>
        <dd>{table.name.at(row)}</dd>
        <dt>{m.details.productivity}</dt>
        <dd>
          {productivity}
          {why !== "" && ` (${m.value[why] ?? why})`}
          {table.junctionaa.at(row) !== "" && (
            <>
              {" · "}
              <code>{table.junctionaa.at(row)}</code>
            </>
          )}
        </dd>
        <dt>{m.details.window}</dt>
        <dd>
          <code>{table.id.at(row)}</code>
        </dd>
        <Sequence row={row} />
        <Numbers row={row} />
        {warnings.length > 0 && <dt>{m.details.warnings}</dt>}
        {warnings.length > 0 && (
          <dd>
            <ul>
              {warnings.map((code) => (
                <li key={code}>
                  <span className="mono">{code}</span> {m.warning[code] ?? ""}
                  {[
                    ...new Set(
                      table
                        .warningsOf(row)
                        .filter((w) => w.code === code)
                        .map((w) => w.message),
                    ),
                  ].map((text) => (
                    <small key={text}>{text}</small>
                  ))}
                </li>
              ))}
            </ul>
          </dd>
        )}
        {evidence !== "" && <dt>{m.details.evidence}</dt>}
        {evidence !== "" && <dd>{evidence}</dd>}
        <dt>{m.details.note}</dt>
        <dd>
          <textarea
            className="field"
            rows={2}
            aria-label={m.details.note}
            value={note}
            onChange={(e) => setNote(e.currentTarget.value)}
          />
        </dd>
      </dl>
      <BySample row={row} />
      <details className="details-standard">
        <summary>{m.details.standard}</summary>
        <StandardChoice row={row} />
      </details>
      <div className="details-foot">
        <Correlated row={row} />
        <button type="submit" className="button primary">
          {m.details.save}
        </button>
      </div>
    </form>
  );
}

/** The representative, read when the details are opened. */
function Sequence({ row }: { row: Row }) {
  const ws = useWorkspace();
  const m = useSignal(messages);
  useSignal(ws.sequences.arrived);
  useEffect(() => {
    ws.sequences.need([row]).catch(() => undefined);
  }, [ws, row]);
  const sequence = ws.sequences.sequence(row);
  if (ws.sequences.has(row) && sequence === "") return null;
  return (
    <>
      <dt>{m.sequences.title}</dt>
      <dd>
        <code>{sequence === "" ? m.sequenceWork.coming : sequence}</code>
      </dd>
    </>
  );
}

/** Values of the axes that a column can show, those that are known. */
function Numbers({ row }: { row: Row }) {
  const ws = useWorkspace();
  const m = useSignal(messages);
  const known = axesFor(ws.table, "column").flatMap((axis) => {
    if (axis.kind !== "number" || axis.id.startsWith("size") || axis.id === "reads") return [];
    const value = (ws.values(axis) as ArrayLike<number>)[row] ?? Number.NaN;
    if (Number.isNaN(value) || value < 0) return [];
    return [`${axisLabel(m, axis.id)} ${axis.unit === "share" ? share(value, m.locale) : plain(value, m.locale)}`];
  });
  if (known.length === 0) return null;
  return (
    <>
      <dt>{m.details.info}</dt>
      <dd className="num">{known.join(" · ")}</dd>
    </>
  );
}

function BySample({ row }: { row: Row }) {
  const ws = useWorkspace();
  const m = useSignal(messages);
  const shown = useSignal(ws.shown);
  const clusters = useSignal(ws.clusters);
  const denominator = useSignal(ws.denominator);
  const doc = useSignal(ws.doc);
  return (
    <table className="by-sample">
      <caption>
        {m.details.perSample} ({denominatorLabel(m, denominator)})
      </caption>
      <tbody>
        {shown.map((s) => (
          <tr key={s}>
            <th scope="row">
              <bdi>{doc.sampleNames.get(s) ?? ws.table.samples[s]!.name}</bdi>
            </th>
            <td className="num">{integer(clusters.reads.of(row, s), m.locale)}</td>
            <td className="num">
              {share(sizeOf(ws.table, clusters.reads, denominator, doc.standard, row, s), m.locale)}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Correlated({ row }: { row: Row }) {
  const ws = useWorkspace();
  const m = useSignal(messages);
  const shown = useSignal(ws.shown);
  if (shown.length < 3) return <span />;
  const choose = () => {
    const { reads } = ws.clusters.peek();
    ws.select(
      Array.from(ws.order.peek()).filter(
        (other) => other === row || Math.abs(correlation(reads, row, other, shown)) > CORRELATED,
      ),
    );
    ws.openDetails(null);
  };
  return (
    <button type="button" className="button" onClick={choose}>
      {m.details.correlated}
    </button>
  );
}
