import { IconDownload } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { link } from "../../api/client";
import { quality } from "../../api/queries";
import type { QualityRow, SampleSet } from "../../api/types";
import { shortName } from "../../core/name";
import { letterOf } from "../../core/system";
import { percentText, whole } from "../server/format";
import { Empty, Fault, Loading, useMessages } from "../server/parts";
import { SortHead } from "./ListRows";
import { isPoor, meanLength, sortQuality } from "./quality";
import { RunBar } from "./RunBar";

/** The quality table of a set: what to look at before trusting a result. Numbers beyond a limit of the config are marked. */
export function Quality({ set, config }: { set: SampleSet; config: number }) {
  const m = useMessages();
  const query = useQuery(quality(set.id, config));
  const words = m.server.quality;
  const rows = query.data?.items ?? [];
  const [sort, setSort] = useState("");
  const head = (key: string, label: string, right = true) => (
    <SortHead sort={sort} sortKey={key} label={label} onSort={setSort} className={right ? "right" : ""} />
  );
  return (
    <>
      <RunBar set={set} config={config} />
      {query.error && <Fault error={query.error} retry={() => void query.refetch()} />}
      {query.isLoading && <Loading />}
      {query.data && rows.length === 0 && <Empty title={words.empty} />}
      {rows.length > 0 && (
        <>
          <Limits row={rows[0] as QualityRow} />
          <div className="scroll-x">
            <table className="table">
              <thead>
                <tr>
                  {head("title", m.server.set.sample, false)}
                  {head("reads", m.server.set.reads)}
                  {head("share", words.share)}
                  <th>{words.systems}</th>
                  {head("clonotypes", m.server.set.clonotypes)}
                  <th>{words.major}</th>
                  {head("common", words.common)}
                  {head("length", words.lengths)}
                  {head("marks", words.notes, false)}
                </tr>
              </thead>
              <tbody>
                {sortQuality(rows, sort).map((row) => (
                  <Line key={row.result.id} row={row} />
                ))}
              </tbody>
            </table>
          </div>
          <a
            className="button more"
            href={link("/api/v1/sets/{id}/quality.tsv", { path: { id: set.id }, query: { config_id: config } })}
            download
          >
            <IconDownload size={15} stroke={1.6} aria-hidden /> {words.download}
          </a>
        </>
      )}
    </>
  );
}

/** By what the samples were judged. */
function Limits({ row: { limits } }: { row: QualityRow }) {
  const m = useMessages();
  const words = m.lists;
  const parts = [
    limits.min_reads ? words.minReads(whole(limits.min_reads, m.locale)) : "",
    limits.min_recombined_percent ? words.minShare(percentText(limits.min_recombined_percent / 100, m.locale)) : "",
    words.major(percentText((limits.major_percent || 5) / 100, m.locale)),
  ].filter(Boolean);
  return <p className="secondary">{parts.join(" · ")}</p>;
}

function Line({ row }: { row: QualityRow }) {
  const m = useMessages();
  const words = m.server.quality;
  const { result } = row;
  const poor = (key: "reads" | "share") => `right num${isPoor(row, key) ? " poor" : ""}`;
  return (
    <tr>
      <td>
        <bdi className="strong">{row.title}</bdi>
      </td>
      <td className={poor("reads")}>
        {isPoor(row, "reads") && <span aria-hidden>▼ </span>}
        {whole(result.reads, m.locale)}
      </td>
      <td className={poor("share")}>
        {isPoor(row, "share") && <span aria-hidden>▼ </span>}
        {row.share !== undefined && percentText(row.share, m.locale)}
      </td>
      <td>
        <Systems row={row} />
      </td>
      <td className="right num">{whole(result.clonotypes, m.locale)}</td>
      <td className="small">
        {row.major.slice(0, 3).map((c) => (
          <div key={c.id}>
            <span className="mono" title={c.name}>
              {shortName(c.name)}
            </span>{" "}
            <span className="secondary num nowrap">
              {percentText(c.share_of_system, m.locale)} {c.system}
            </span>
          </div>
        ))}
      </td>
      <td className="right num" title={words.commonTitle}>
        {row.common !== undefined && whole(row.common, m.locale)}
      </td>
      <td className="right nowrap num">
        <Bars heights={row.length_bars} label={words.lengths} />{" "}
        {meanLength(row) > 0 && <span className="secondary small">{Math.round(meanLength(row))}</span>}
      </td>
      <td className="nowrap">
        {row.marks.length === 0 ? (
          <span className="state done">● {words.fine}</span>
        ) : (
          <span className="state warn" title={result.warnings.map((w) => w.message).join("\n")}>
            ⚠ {row.marks.map((mark) => words.marks[mark] ?? mark).join(", ")}
          </span>
        )}
      </td>
    </tr>
  );
}

/** Share of the recombined reads by system, the letters beside it. */
function Systems({ row }: { row: QualityRow }) {
  const m = useMessages();
  const whole = row.result.recombined || 1;
  const largest = row.result.systems.slice(0, 5);
  return (
    <span className="system-list">
      {largest.map((s) => (
        <span key={s.system} title={`${s.system}: ${percentText(s.reads / whole, m.locale)}`}>
          <b className="mono">{letterOf(s.system)}</b>{" "}
          <span className="num secondary">{percentText(s.reads / whole, m.locale)}</span>
        </span>
      ))}
    </span>
  );
}

function Bars({ heights, label }: { heights: readonly number[]; label: string }) {
  if (!heights.some((h) => h > 0)) return null;
  const bars = heights.map((h, i) => (h > 0 ? `M${i * 2} 22h1.6v${-Math.max(1, h * 22)}h-1.6z` : "")).join("");
  return (
    <svg
      className="bars"
      viewBox={`0 0 ${heights.length * 2} 22`}
      preserveAspectRatio="none"
      role="img"
      aria-label={label}
    >
      <path d={bars} />
    </svg>
  );
}
