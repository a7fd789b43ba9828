import { useState } from "react";
import { timeText } from "../server/format";
import { useMessages } from "../server/parts";
import type { Difference } from "./options";
import { difference, said } from "./options";
import type { Revision } from "./queries";

/** What a config said, the newest first; any two can be compared. */
export function Revisions({ revisions }: { revisions: readonly Revision[] }) {
  const m = useMessages();
  const words = m.admin.configs;
  const newest = revisions[0]?.number ?? 0;
  const [pair, setPair] = useState({ old: revisions[1]?.number ?? newest, now: newest });
  const of = (n: number) => revisions.find((r) => r.number === n);
  const [a, b] = [of(Math.min(pair.old, pair.now)), of(Math.max(pair.old, pair.now))];
  const changes = a && b ? difference(a.options, b.options) : [];
  return (
    <>
      <table className="table">
        <thead>
          <tr>
            <th className="right">{words.revision}</th>
            <th>{words.date}</th>
            <th>{words.note}</th>
            <th>{words.says}</th>
            {revisions.length > 1 && <th className="middle">{words.compareOld}</th>}
            {revisions.length > 1 && <th className="middle">{words.compareNew}</th>}
          </tr>
        </thead>
        <tbody>
          {revisions.map((r) => (
            <tr key={r.id}>
              <td className="right num">{r.number}</td>
              <td className="nowrap">{timeText(r.created_at, m.locale)}</td>
              <td className="clip">{r.note}</td>
              <td>
                <Said revision={r} />
              </td>
              {revisions.length > 1 &&
                (["old", "now"] as const).map((side) => (
                  <td key={side} className="middle">
                    <input
                      type="radio"
                      name={side}
                      checked={pair[side] === r.number}
                      aria-label={words.compareWith(side === "old" ? words.compareOld : words.compareNew, r.number)}
                      onChange={() => setPair({ ...pair, [side]: r.number })}
                    />
                  </td>
                ))}
            </tr>
          ))}
        </tbody>
      </table>
      {a && b && a.number !== b.number && (
        <section className="block listing">
          <h2>{words.between(a.number, b.number)}</h2>
          {changes.length === 0 ? <p className="secondary">{words.same}</p> : <Differences changes={changes} />}
        </section>
      )}
    </>
  );
}

function Said({ revision }: { revision: Revision }) {
  const m = useMessages();
  const list = said(revision.options);
  if (list.length === 0) return <span className="secondary">{m.admin.options.defaults}</span>;
  return (
    <span className="small">
      {list.map((d, i) => (
        <span key={d.path}>
          {i > 0 && " · "}
          <span className="secondary">{m.admin.options.label[d.path] ?? d.path}</span>{" "}
          <Values path={d.path} of={d.after} />
        </span>
      ))}
    </span>
  );
}

function Values({ path, of }: { path: string; of: readonly string[] }) {
  const words = useMessages().admin.options;
  // A longer list is told by its number: the form has it whole.
  if (of.length > 12) return <>{words.things(of.length)}</>;
  return <>{of.map((v) => valueText(words, path, v)).join(", ")}</>;
}

function valueText(words: ReturnType<typeof useMessages>["admin"]["options"], path: string, value: string): string {
  if (value === "true") return words.on;
  if (path === "fuse.distributions")
    return value
      .split(" × ")
      .map((axis) => words.axes[axis] ?? axis)
      .join(" × ");
  return path === "germline" ? (words.germlines[value] ?? value) : value;
}

/** Changes, one line for each option: what it was and what it is. */
export function Differences({ changes }: { changes: readonly Difference[] }) {
  const words = useMessages().admin.options;
  return (
    <table className="diff">
      <tbody>
        {changes.map((d) => (
          <tr key={d.path}>
            <th scope="row">{words.label[d.path] ?? d.path}</th>
            <td>
              {d.before.length > 0 && (
                <del>
                  <Values path={d.path} of={d.before} />
                </del>
              )}
              {d.before.length === 0 && <span className="secondary">{words.default}</span>}
            </td>
            <td aria-hidden>→</td>
            <td>
              {d.after.length > 0 && (
                <ins>
                  <Values path={d.path} of={d.after} />
                </ins>
              )}
              {d.after.length === 0 && <span className="secondary">{words.default}</span>}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
