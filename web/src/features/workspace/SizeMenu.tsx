import { useState } from "react";
import { EXTERNAL, standardOf } from "../../core/document";
import { plain, share } from "../../core/format";
import { nameOf } from "../../core/name";
import type { Denominator } from "../../core/size";
import { standardFactor } from "../../core/size";
import type { Row } from "../../core/table";
import { messages } from "../../i18n";
import { Popover } from "../../ui/Menu";
import { useSignal } from "../../ui/useSignal";
import { denominatorLabel } from "../../ui/words";
import { useWorkspace } from "./context";

const SIMPLE = ["analysed", "system", "group", "total"] as const;

/** The one denominator of all sizes. Besides the four usual ones, the systems on display can be made it, in so many words. */
export function SizeMenu() {
  const ws = useWorkspace();
  const m = useSignal(messages);
  const current = useSignal(ws.denominator);
  const filters = useSignal(ws.filters);
  const hidden = filters.find((f) => f.kind === "systems");
  const shown = ws.systems().filter((s) => hidden?.kind !== "systems" || !hidden.hidden.includes(s));
  const choices: Denominator[] = SIMPLE.map((kind) => ({ kind }));
  if (current.kind === "systems") choices.push(current);
  else if (hidden && shown.length > 0) choices.push({ kind: "systems", systems: shown });
  const key = (d: Denominator) => (d.kind === "systems" ? `systems:${d.systems.join()}` : d.kind);
  return (
    <>
      <label className="topbar-choice" title={m.denominator.label}>
        {m.topbar.sizes}
        <select
          className="select"
          aria-label={m.topbar.sizes}
          value={key(current)}
          onChange={(e) => {
            const chosen = choices.find((d) => key(d) === e.currentTarget.value);
            if (chosen) ws.denominator.value = chosen;
          }}
        >
          {choices.map((d) => (
            <option key={key(d)} value={key(d)}>
              {denominatorLabel(m, d)}
            </option>
          ))}
        </select>
      </label>
      <NormalizationMenu />
    </>
  );
}

/** What sizes are brought to: nothing, a standard of known size, or what the file brings. */
function NormalizationMenu() {
  const ws = useWorkspace();
  const m = useSignal(messages);
  const doc = useSignal(ws.doc);
  const words = m.sequenceWork.normal;
  const standard = standardOf(doc.standard);
  const label = standard
    ? words.to(nameOf(ws.table, doc, standard.row), share(standard.expected, m.locale))
    : doc.standard
      ? words.external
      : words.none;
  return (
    <Popover
      position="bottom-end"
      width={340}
      target={
        <button
          type="button"
          className={doc.standard ? "chip normal on" : "quiet"}
          aria-label={`${words.title}: ${label}`}
          title={label}
        >
          {doc.standard ? m.denominator.normalised : words.short}
        </button>
      }
    >
      <NormalizationForm />
    </Popover>
  );
}

function NormalizationForm() {
  const ws = useWorkspace();
  const m = useSignal(messages);
  const doc = useSignal(ws.doc);
  const words = m.sequenceWork.normal;
  const standard = standardOf(doc.standard);
  const tagged = [...doc.tags].filter(([, tag]) => tag === "standard").map(([row]) => row);
  const candidates = [...new Set([...(standard ? [standard.row] : []), ...tagged])];
  const none = () =>
    standard
      ? ws.commit({ kind: "standard", id: null, expected: 0 })
      : doc.standard && ws.commit({ kind: "external", on: false });
  return (
    <fieldset className="normal-form">
      <legend>{words.title}</legend>
      <label>
        <input type="radio" name="normal" checked={doc.standard === null} onChange={none} /> {words.none}
      </label>
      {ws.table.normalized && (
        <label>
          <input
            type="radio"
            name="normal"
            checked={doc.standard === EXTERNAL}
            onChange={() => ws.commit({ kind: "external", on: true })}
          />{" "}
          {words.external}
        </label>
      )}
      {candidates.map((row) => (
        <StandardChoice key={row} row={row} />
      ))}
      <p className="hint">{candidates.length === 0 ? words.how : words.formula}</p>
      {standard && <Factors />}
    </fieldset>
  );
}

/** A clonotype with the size that it is known to have; typed in percent. */
export function StandardChoice({ row }: { row: Row }) {
  const ws = useWorkspace();
  const m = useSignal(messages);
  const doc = useSignal(ws.doc);
  const words = m.sequenceWork.normal;
  const standard = standardOf(doc.standard);
  const on = standard?.row === row;
  const [text, setText] = useState(on ? plain(standard.expected * 100, "en", 6).replace(/,/g, "") : "1");
  const expected = Number(text.replace(",", ".")) / 100;
  const valid = expected > 0 && expected < 1;
  const id = ws.idsOf([row])[0]!;
  const name = nameOf(ws.table, doc, row);
  const use = () => valid && ws.commit({ kind: "standard", id, expected });
  return (
    <div className="standard-choice">
      <label>
        <input type="radio" name="normal" checked={on} disabled={!valid} onChange={use} /> <bdi>{name}</bdi>
      </label>
      <label>
        {words.expected}
        <input
          className="field num"
          inputMode="decimal"
          aria-label={`${words.expected}: ${name}`}
          aria-invalid={!valid}
          value={text}
          onChange={(e) => setText(e.currentTarget.value)}
          onBlur={() => on && use()}
          onKeyDown={(e) => {
            if (e.key !== "Enter") return;
            e.preventDefault();
            use();
          }}
        />{" "}
        %
      </label>
      {!valid && <span className="field-fault">{words.between}</span>}
    </div>
  );
}

/** By what sizes are multiplied in each sample; 1 where the standard was not found. */
function Factors() {
  const ws = useWorkspace();
  const m = useSignal(messages);
  const doc = useSignal(ws.doc);
  const clusters = useSignal(ws.clusters);
  const denominator = useSignal(ws.denominator);
  const shown = useSignal(ws.shown);
  const row = standardOf(doc.standard)?.row ?? -1;
  return (
    <table className="factors">
      <tbody>
        {shown.map((s) => {
          const reads = clusters.reads.of(row, s);
          const factor = standardFactor(ws.table, clusters.reads, doc.standard, denominator, s);
          return (
            <tr key={s}>
              <th scope="row">
                <bdi>{doc.sampleNames.get(s) ?? ws.table.samples[s]!.name}</bdi>
              </th>
              <td className="num">{m.reads(reads)}</td>
              <td className="num">{reads > 0 ? `× ${plain(factor, m.locale)}` : m.sequenceWork.normal.absent}</td>
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}
