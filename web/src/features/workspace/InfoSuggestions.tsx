import { useMemo, useState } from "react";
import type { GroupBy } from "../../core/grouping";
import { evidenceOf, GROUPINGS, groupsBy } from "../../core/grouping";
import { nameOf } from "../../core/name";
import type { Row } from "../../core/table";
import { geneOf, textAt } from "../../core/table";
import { messages } from "../../i18n";
import { Modal } from "../../ui/Modal";
import { useSignal } from "../../ui/useSignal";
import { SystemBadge } from "./Badge";
import { useWorkspace } from "./context";

/** More than this are not listed at once: those that are accepted make room. */
const MOST = 100;
/** Members of one cluster that are listed. */
const MOST_MEMBERS = 6;

/** Who proposes: the program that made the result, or what clonotypes have in common. */
type Source = "engine" | GroupBy;

/** Proposed clusters, each with its evidence: accepted one by one or all, in one step, which undo takes back. */
export function InfoSuggestions({ onClose }: { onClose: () => void }) {
  const ws = useWorkspace();
  const m = useSignal(messages);
  const proposed = useSignal(ws.suggestions);
  const listed = useSignal(ws.listed);
  const any = ws.table.suggested.length > 0;
  const [source, setSource] = useState<Source>(any ? "engine" : "genesCdr3");
  const suggestions = useMemo(
    () => (source === "engine" ? proposed : groupsBy(ws.table, listed, source)),
    [source, proposed, ws, listed],
  );
  const words = m.sequenceWork.suggestions;
  const clustered = useSignal(ws.doc).clusters.length;
  return (
    <Modal opened onClose={onClose} size="xl" title={words.title} closeButtonProps={{ "aria-label": m.help.close }}>
      <fieldset className="segmented" aria-label={words.by}>
        {[...(any ? (["engine"] as const) : []), ...GROUPINGS].map((each) => (
          <button
            key={each}
            type="button"
            className="quiet"
            aria-pressed={source === each}
            onClick={() => setSource(each)}
          >
            {words.sources[each]}
          </button>
        ))}
      </fieldset>
      <p className="hint">{source === "engine" ? words.text : words.groups}</p>
      <p className="num" role="status">
        {suggestions.length === 0
          ? source === "engine"
            ? words.none
            : words.noGroups
          : words.found(
              suggestions.length,
              suggestions.reduce((n, rows) => n + rows.length, 0),
            )}
      </p>
      <ul className="suggested">
        {suggestions.slice(0, MOST).map((rows) => (
          <Suggestion key={rows[0]} rows={rows} source={source} onClose={onClose} />
        ))}
      </ul>
      {suggestions.length > MOST && <p className="hint">{words.more(suggestions.length - MOST)}</p>}
      <div className="details-foot">
        <button
          type="button"
          className="button"
          disabled={clustered === 0}
          onClick={() => ws.commit({ kind: "splitAll" })}
        >
          {words.breakAll(clustered)}
        </button>
        <span className="spring" />
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
            ws.commit({ kind: "acceptClusters", clusters: suggestions.map((rows) => ws.idsOf(rows)) });
            onClose();
          }}
        >
          {words.acceptAll}
        </button>
      </div>
    </Modal>
  );
}

interface SuggestionProps {
  readonly rows: readonly Row[];
  readonly source: Source;
  readonly onClose: () => void;
}

function Suggestion({ rows, source, onClose }: SuggestionProps) {
  const ws = useWorkspace();
  const m = useSignal(messages);
  const doc = useSignal(ws.doc);
  const shown = useSignal(ws.shown);
  const clusters = useSignal(ws.clusters);
  const words = m.sequenceWork.suggestions;
  const leader = rows[0]!;
  const name = nameOf(ws.table, doc, leader);
  const reads = (row: Row) => shown.reduce((sum, sample) => sum + clusters.reads.of(row, sample), 0);
  return (
    <li>
      <div className="suggested-head">
        <SystemBadge system={textAt(ws.table.system, leader)} />
        <strong>
          <bdi>{name}</bdi>
        </strong>
        <span className="num secondary" title={words.inAll}>
          {m.reads(reads(leader))}
        </span>
        {source !== "engine" && <span className="secondary mono">{ws.table.cdr3aa.at(leader)}</span>}
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
          {rows.slice(1, MOST_MEMBERS + 1).map((row) => (
            <tr key={row}>
              <td>
                <bdi>{nameOf(ws.table, doc, row)}</bdi>
              </td>
              <td className="num">{m.reads(reads(row))}</td>
              <td className="secondary">
                {source === "engine" ? (
                  ws.table.evidence(row) || words.noEvidence
                ) : (
                  <Evidence leader={leader} row={row} source={source} />
                )}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {rows.length - 1 > MOST_MEMBERS && <p className="hint">{words.moreMembers(rows.length - 1 - MOST_MEMBERS)}</p>}
    </li>
  );
}

/** What a member has in common with the one that would stand for it, and what not. */
function Evidence({ leader, row, source }: { leader: Row; row: Row; source: GroupBy }) {
  const ws = useWorkspace();
  const words = useSignal(messages).sequenceWork.suggestions;
  const { edits, of, five, three } = evidenceOf(ws.table, leader, row);
  if (source === "genesCdr3") return words.sameAll;
  if (source === "genes")
    return `${words.sameGenes} · ${edits === null ? words.noCdr3 : edits === 0 ? words.sameCdr3 : words.edits(edits, of)}`;
  const other = [
    five && words.instead(five, geneOf(textAt(ws.table.five, leader)) || "–"),
    three && words.instead(three, geneOf(textAt(ws.table.three, leader)) || "–"),
  ].filter(Boolean);
  return `${words.sameCdr3} · ${other.length === 0 ? words.sameGenes : other.join(" · ")}`;
}
