import { Modal } from "@mantine/core";
import { useState } from "react";
import { integer, share } from "../../core/format";
import { nameOf } from "../../core/name";
import { correlation, sizeOf } from "../../core/size";
import type { Row } from "../../core/table";
import { Productive, textAt } from "../../core/table";
import { codesOf } from "../../core/warnings";
import { messages } from "../../i18n";
import { useSignal } from "../../ui/useSignal";
import { denominatorLabel } from "../../ui/words";
import { useWorkspace } from "./context";

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
  const save = () => {
    if (name !== (doc.names.get(row) ?? "")) ws.commit({ kind: "rename", id, name });
    if (note !== (doc.notes.get(row) ?? "")) ws.commit({ kind: "note", id, note });
    ws.openDetails(null);
  };
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
        save();
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
      <div className="details-foot">
        <Correlated row={row} />
        <button type="submit" className="button primary">
          {m.details.save}
        </button>
      </div>
    </form>
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
