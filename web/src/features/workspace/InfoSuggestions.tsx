import { commandById } from "../../core/commands";
import { nameOf } from "../../core/name";
import type { Row } from "../../core/table";
import { textAt } from "../../core/table";
import { messages } from "../../i18n";
import { Modal } from "../../ui/Modal";
import { useSignal } from "../../ui/useSignal";
import { SystemBadge } from "./Badge";
import { useWorkspace } from "./context";

/** More than this are not listed at once: those that are accepted make room. */
const MOST = 100;

/** Clusters that the program proposes, each with its evidence: accepted one by one or all; undo takes it back. */
export function InfoSuggestions({ onClose }: { onClose: () => void }) {
  const ws = useWorkspace();
  const m = useSignal(messages);
  const suggestions = useSignal(ws.suggestions);
  const words = m.sequenceWork.suggestions;
  const all = commandById("acceptClusters");
  return (
    <Modal
      opened
      onClose={onClose}
      size="xl"
      title={m.info.suggestions(suggestions.length)}
      closeButtonProps={{ "aria-label": m.help.close }}
    >
      <p className="hint">{words.text}</p>
      {suggestions.length === 0 && <p>{words.none}</p>}
      <ul className="suggested">
        {suggestions.slice(0, MOST).map((rows) => (
          <Suggestion key={rows[0]} rows={rows} onClose={onClose} />
        ))}
      </ul>
      {suggestions.length > MOST && <p className="hint">{words.more(suggestions.length - MOST)}</p>}
      <div className="details-foot">
        <button
          type="button"
          className="button"
          disabled={suggestions.length === 0}
          onClick={() => {
            ws.select(suggestions.flat());
            onClose();
          }}
        >
          {words.selectAll}
        </button>
        <button
          type="button"
          className="button primary"
          disabled={suggestions.length === 0}
          onClick={() => {
            all.run(ws);
            onClose();
          }}
        >
          {words.acceptAll}
        </button>
      </div>
    </Modal>
  );
}

function Suggestion({ rows, onClose }: { rows: readonly Row[]; onClose: () => void }) {
  const ws = useWorkspace();
  const m = useSignal(messages);
  const doc = useSignal(ws.doc);
  const sample = useSignal(ws.sample);
  const words = m.sequenceWork.suggestions;
  const leader = rows[0]!;
  const name = nameOf(ws.table, doc, leader);
  const reads = (row: Row) => ws.table.reads[sample]![row]!;
  return (
    <li>
      <div className="suggested-head">
        <SystemBadge system={textAt(ws.table.system, leader)} />
        <strong>
          <bdi>{name}</bdi>
        </strong>
        <span className="num secondary">{m.reads(reads(leader))}</span>
        <span className="spring" />
        <button
          type="button"
          className="quiet"
          onClick={() => {
            ws.select(rows);
            onClose();
          }}
        >
          {words.look}
        </button>
        <button
          type="button"
          className="button"
          aria-label={words.acceptOf(name)}
          onClick={() => ws.commit({ kind: "acceptClusters", clusters: [ws.idsOf(rows)] })}
        >
          {words.accept}
        </button>
      </div>
      <table>
        <tbody>
          {rows.slice(1).map((row) => (
            <tr key={row}>
              <td>
                <bdi>{nameOf(ws.table, doc, row)}</bdi>
              </td>
              <td className="num">{m.reads(reads(row))}</td>
              <td className="secondary">{ws.table.evidence(row) || words.noEvidence}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </li>
  );
}
