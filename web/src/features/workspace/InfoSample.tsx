import type { ReactNode } from "react";
import { integer, plain, share } from "../../core/format";
import { sampleCsv } from "../../core/sampleInfo";
import { groupLabel, groupOf } from "../../core/system";
import { analysedLevel } from "../../core/warnings";
import { messages } from "../../i18n";
import { regional } from "../../i18n/regional";
import { download, fileName } from "../../ui/download";
import { Modal } from "../../ui/Modal";
import { useSignal } from "../../ui/useSignal";
import { useWorkspace } from "./context";
import { formatDate } from "./formatDate";

/** All that is known of the current sample: its reads, how its result came about, what is doubtful. */
export function InfoSample({ onClose }: { onClose: () => void }) {
  const ws = useWorkspace();
  const m = useSignal(messages);
  const doc = useSignal(ws.doc);
  const current = useSignal(ws.sample);
  const warnings = useSignal(ws.warningsHere);
  const s = ws.table.samples[current]!;
  const name = doc.sampleNames.get(current) ?? s.name;
  const words = m.sequenceWork.sample;
  const level = analysedLevel(s.analysed, s.total);
  const save = () =>
    download(
      `${fileName(name)}-info.csv`,
      sampleCsv(ws.table, current, name, warnings, (code) => m.warning[code] ?? code),
      "text/csv;charset=utf-8",
    );
  return (
    <Modal
      opened
      onClose={onClose}
      size="xl"
      title={<bdi>{name}</bdi>}
      closeButtonProps={{ "aria-label": m.help.close }}
    >
      <div className="sample-info">
        <dl>
          <Line label={words.date}>{formatDate(s.date, m.locale)}</Line>
          <Line label={words.file}>{s.originalName}</Line>
          <Line label={words.reads}>{integer(s.total, m.locale)}</Line>
          <Line label={words.analysed}>
            <span className={level > 0 ? `level-${level}` : ""}>
              {integer(s.analysed, m.locale)}
              {s.total > 0 && ` (${share(s.analysed / s.total, m.locale)})`}
            </span>
          </Line>
          <Line label={words.software}>{s.producer}</Line>
          <Line label={words.germline}>{s.facts?.germline ?? ""}</Line>
          <Line label={words.command}>{s.commandline && <code>{s.commandline}</code>}</Line>
          <Line label={words.run}>{formatTime(s.runTimestamp, m.locale)}</Line>
        </dl>
        <SystemsTable />
        <FactTable
          title={words.causes}
          facts={Object.entries(s.facts?.causes ?? {}).map(([cause, n]) => ({
            name: words.cause[cause] ?? cause,
            value: n,
          }))}
          of={s.total}
        />
        <section>
          <h3>{words.warnings}</h3>
          {(s.facts?.warnings ?? []).map((w) => (
            <p key={w.code + w.message}>
              <span className="mono">{w.code}</span> {w.message}
            </p>
          ))}
          {warnings.length === 0 ? (
            <p className="hint">{m.info.noWarnings}</p>
          ) : (
            <table className="warnings">
              <thead>
                <tr>
                  <th scope="col">{words.code}</th>
                  <th scope="col">{words.meaning}</th>
                  <th scope="col">{words.clonotypes}</th>
                  <th scope="col">{words.reads}</th>
                </tr>
              </thead>
              <tbody>
                {warnings.map((w) => (
                  <tr key={w.code}>
                    <td className={`level-${w.level} mono`}>{w.code}</td>
                    <td>{m.warning[w.code] ?? w.code}</td>
                    <td className="num">{integer(w.clonotypes, m.locale)}</td>
                    <td className="num">{integer(w.reads, m.locale)}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          )}
        </section>
        <FactTable title={words.preProcess} facts={s.facts?.preProcess ?? []} />
        <FactTable title={words.parameters} facts={s.facts?.parameters ?? []} />
        {s.log !== "" && (
          <details>
            <summary>{words.log}</summary>
            <pre>{s.log}</pre>
          </details>
        )}
        <div className="details-foot">
          <button type="button" className="button" onClick={save}>
            {words.csv}
          </button>
        </div>
      </div>
    </Modal>
  );
}

/** A time as files and servers write it; what is none stays as it is. */
function formatTime(text: string, locale: string): string {
  const at = new Date(text);
  return Number.isNaN(at.getTime())
    ? text
    : new Intl.DateTimeFormat(regional(locale), { dateStyle: "medium", timeStyle: "short" }).format(at);
}

/** A line that is left out when nothing is known. */
function Line({ label, children }: { label: string; children: ReactNode }) {
  if (!children) return null;
  return (
    <>
      <dt>{label}</dt>
      <dd>{children}</dd>
    </>
  );
}

/** Reads, clonotypes and diversity by locus, with sums of loci with their incomplete recombinations. */
function SystemsTable() {
  const ws = useWorkspace();
  const m = useSignal(messages);
  const s = ws.table.samples[useSignal(ws.sample)]!;
  const words = m.sequenceWork.sample;
  const indices = Object.keys(s.diversity);
  const systems = Object.keys(s.systems);
  const groups = [...new Set(systems.map(groupOf))].filter(
    (group) => systems.filter((system) => groupOf(system) === group).length > 1,
  );
  const rows = [
    ...systems.map((name) => ({ name: name || "xxx", reads: s.systems[name] ?? 0, key: name, sum: false })),
    ...groups.map((group) => ({
      name: groupLabel(group === "TRA/TRD" ? "TRD" : group),
      reads: systems.filter((x) => groupOf(x) === group).reduce((sum, x) => sum + (s.systems[x] ?? 0), 0),
      key: "",
      sum: true,
    })),
    { name: words.all, reads: s.analysed, key: "all", sum: true },
  ];
  return (
    <section>
      <h3>{words.byLocus}</h3>
      <table>
        <thead>
          <tr>
            <th scope="col">{m.info.systems}</th>
            <th scope="col">{words.reads}</th>
            <th scope="col">{words.ofAnalysed}</th>
            <th scope="col">{words.clonotypes}</th>
            {indices.map((index) => (
              <th key={index} scope="col">
                {words.index[index] ?? index}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={`${row.name} ${row.sum}`} className={row.sum ? "sum" : ""}>
              <th scope="row">{row.name}</th>
              <td className="num">{integer(row.reads, m.locale)}</td>
              <td className="num">{s.analysed > 0 ? share(row.reads / s.analysed, m.locale) : "–"}</td>
              <td className="num">
                {row.key in s.clonotypes ? integer(s.clonotypes[row.key] ?? 0, m.locale) : row.sum ? "" : "–"}
              </td>
              {indices.map((index) => {
                const value = s.diversity[index]?.[row.key];
                return (
                  <td key={index} className="num">
                    {value === undefined ? (row.sum ? "" : "–") : plain(value, m.locale)}
                  </td>
                );
              })}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

function FactTable({
  title,
  facts,
  of,
}: {
  title: string;
  facts: readonly { readonly name: string; readonly value: string | number }[];
  of?: number;
}) {
  const m = useSignal(messages);
  if (facts.length === 0) return null;
  return (
    <section>
      <h3>{title}</h3>
      <table>
        <tbody>
          {facts.map(({ name, value }) => (
            <tr key={name}>
              <th scope="row">{name}</th>
              <td className={typeof value === "number" ? "num" : ""}>
                {typeof value === "number" ? plain(value, m.locale) : value}
              </td>
              {of !== undefined && of > 0 && (
                <td className="num secondary">{typeof value === "number" ? share(value / of, m.locale) : ""}</td>
              )}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
