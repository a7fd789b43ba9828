/** Clonotypes that two samples of the set share, and where each may come from: larger in one sample, and small in another. */
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import type { ContaminationRule } from "../../api/queries";
import { contaminations } from "../../api/queries";
import type { Contamination, SampleSet } from "../../api/types";
import { percentText, whole } from "../server/format";
import { Empty, Fault, Loading, useMessages } from "../server/parts";
import { RunBar } from "./RunBar";

const RULES: readonly ContaminationRule[] = ["common", "tenfold"];

export function Contaminations({ set, config }: { set: SampleSet; config: number }) {
  const m = useMessages();
  const words = m.lists;
  const [rule, setRule] = useState<ContaminationRule>("common");
  const [all, setAll] = useState(false);
  const query = useQuery(contaminations(set.id, config, rule));
  const items = query.data?.items ?? [];
  const rows = all ? items : items.filter((c) => !c.same_patient);
  const explained = items.length - items.filter((c) => !c.same_patient).length;
  return (
    <>
      <RunBar set={set} config={config} />
      <div className="toolbar">
        <fieldset className="segmented" aria-label={words.rule}>
          {RULES.map((r) => (
            <button
              key={r}
              type="button"
              className="quiet"
              title={words.ruleText[r]}
              aria-pressed={r === rule}
              onClick={() => setRule(r)}
            >
              {words.rules[r]}
            </button>
          ))}
        </fieldset>
        <span className="secondary">{words.ruleText[rule]}</span>
        <span className="spring" />
        {explained > 0 && (
          <label className="check">
            <input type="checkbox" checked={all} onChange={(e) => setAll(e.currentTarget.checked)} />{" "}
            {words.explained(explained)}
          </label>
        )}
      </div>
      {query.data?.state === "stale" && <p className="note">{m.server.result.stale}</p>}
      {query.error && <Fault error={query.error} retry={() => void query.refetch()} />}
      {query.isLoading && <Loading />}
      {query.data && rows.length === 0 && <Empty title={words.noContamination} />}
      {rows.length > 0 && <ContaminationTable rows={rows} />}
      {query.data && query.data.total > items.length && (
        <p className="secondary">{words.listed(items.length, query.data.total)}</p>
      )}
    </>
  );
}

function ContaminationTable({ rows }: { rows: readonly Contamination[] }) {
  const m = useMessages();
  const words = m.lists;
  return (
    <div className="scroll-x">
      <table className="table">
        <thead>
          <tr>
            <th>{words.to}</th>
            <th>{words.clonotype}</th>
            <th className="right">{m.server.set.reads}</th>
            <th>{words.from}</th>
            <th className="right">{m.server.set.reads}</th>
            <th className="right">{words.ratio}</th>
            <th>{words.explains}</th>
          </tr>
        </thead>
        <tbody>
          {rows.map((c) => (
            <tr key={`${c.to.sample_id} ${c.from.sample_id} ${c.clonotype}`}>
              <td>
                <bdi className="strong">{c.to.title}</bdi>
              </td>
              <td className="mono small">{c.name}</td>
              <td className="right num nowrap">
                {whole(c.to.reads, m.locale)} <span className="secondary">{percentText(c.to.share, m.locale)}</span>
              </td>
              <td>
                <bdi>{c.from.title}</bdi>
              </td>
              <td className="right num nowrap">
                {whole(c.from.reads, m.locale)} <span className="secondary">{percentText(c.from.share, m.locale)}</span>
              </td>
              <td className="right num">{c.ratio.toLocaleString(m.locale, { maximumSignificantDigits: 3 })} ×</td>
              <td className="small">
                {c.same_patient ? (
                  words.samePatient
                ) : c.same_set ? (
                  words.sameSet
                ) : (
                  <span className="state warn">⚠ {words.nothingExplains}</span>
                )}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
