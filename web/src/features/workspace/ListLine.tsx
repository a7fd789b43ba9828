import { IconAlertTriangleFilled, IconChevronDown, IconChevronRight, IconInfoCircle } from "@tabler/icons-react";
import type { CSSProperties, MouseEvent } from "react";
import { memo } from "react";
import { share } from "../../core/format";
import { nameOf } from "../../core/name";
import { QUANTIFIABLE, sizeOf } from "../../core/size";
import type { Row } from "../../core/table";
import { textAt } from "../../core/table";
import { codesOf, worst } from "../../core/warnings";
import { messages } from "../../i18n";
import { theme } from "../../ui/preferences";
import { useSignal } from "../../ui/useSignal";
import { SystemBadge, TagGlyph } from "./Badge";
import { ownLabel } from "./ColorMenu";
import { useWorkspace } from "./context";
import { Sparkline } from "./Sparkline";
import { TagMenu } from "./TagMenu";
import { useHover } from "./useHover";

interface CloneLineProps {
  row: Row;
  member: boolean;
  selected: boolean;
  at: number;
  /** Where the line stands, pixels. */
  top: number;
  onClick: (row: Row, e: MouseEvent) => void;
}

/** A clonotype, or a member of a cluster that is open. */
export const CloneLine = memo(function CloneLine({ row, member, selected, at, top, onClick }: CloneLineProps) {
  const ws = useWorkspace();
  const hover = useHover(row);
  return (
    <div
      id={`clone-${row}`}
      role="row"
      aria-selected={selected}
      aria-rowindex={at}
      tabIndex={-1}
      className={`line${selected ? " selected" : ""}${hover ? " hover" : ""}${member ? " member" : ""}`}
      style={{ transform: `translateY(${top}px)` }}
      onClick={(e) => onClick(row, e)}
      onKeyDown={() => {}}
      onDoubleClick={() => ws.openDetails(row)}
      onPointerEnter={() => {
        ws.hover.value = row;
      }}
    >
      <Cells row={row} member={member} />
    </div>
  );
});

/** What a line says does not depend on whether it is selected or pointed at. */
const Cells = memo(function Cells({ row, member }: { row: Row; member: boolean }) {
  const ws = useWorkspace();
  const m = useSignal(messages);
  const doc = useSignal(ws.doc);
  const coloring = useSignal(ws.coloring);
  const { scheme } = useSignal(theme);
  const tag = doc.tags.get(row) ?? "";
  const own = doc.colors.get(row);
  const name = nameOf(ws.table, doc, row);
  const color = coloring.swatches[coloring.index[row]!]![scheme];
  return (
    <>
      <span role="gridcell" className="cell">
        <ClusterToggle row={row} member={member} />
        <SystemBadge system={textAt(ws.table.system, row)} />
        <TagMenu rows={[row]}>
          <button
            type="button"
            className="line-tag"
            tabIndex={-1}
            aria-label={`${m.list.tag}: ${m.tag[tag || "none"] ?? tag}${own ? `, ${ownLabel(m, own)}` : ""}`}
            title={own && ownLabel(m, own)}
            onClick={(e) => e.stopPropagation()}
          >
            <TagGlyph tag={tag} color={own} />
          </button>
        </TagMenu>
      </span>
      <span role="gridcell" className="cell">
        <span className="line-name" title={ws.table.name.at(row)}>
          <bdi>{name}</bdi>
        </span>
        <WarningMark row={row} />
      </span>
      <span role="gridcell" className="cell">
        <Sparkline row={row} color={color} />
        <SizeText row={row} member={member} />
      </span>
    </>
  );
});

function ClusterToggle({ row, member }: { row: Row; member: boolean }) {
  const ws = useWorkspace();
  const m = useSignal(messages);
  const clusters = useSignal(ws.clusters);
  const expanded = useSignal(ws.expanded);
  const members = clusters.byLeader.get(row);
  if (member || !members) return <span className="line-toggle" />;
  const open = expanded.has(row);
  return (
    <button
      type="button"
      className="line-toggle"
      tabIndex={-1}
      aria-label={open ? m.list.collapse : m.list.expand}
      aria-expanded={open}
      onClick={(e) => {
        e.stopPropagation();
        ws.toggleExpanded(row);
      }}
    >
      {open ? <IconChevronDown size={12} /> : <IconChevronRight size={12} />}
    </button>
  );
}

function WarningMark({ row }: { row: Row }) {
  const ws = useWorkspace();
  const m = useSignal(messages);
  const muted = useSignal(ws.muted);
  const codes = textAt(ws.table.warnings, row);
  const level = worst(codes, muted);
  if (level <= 0) return <span className="line-warn" />;
  const text = codesOf(codes)
    .map((code) => `${code} ${m.warning[code] ?? ""}`)
    .join("\n");
  return (
    <span className={`line-warn level-${level}`} title={text}>
      <IconAlertTriangleFilled size={12} aria-label={text} />
    </span>
  );
}

function SizeText({ row, member }: { row: Row; member: boolean }) {
  const ws = useWorkspace();
  const m = useSignal(messages);
  const sample = useSignal(ws.sample);
  const clusters = useSignal(ws.clusters);
  const denominator = useSignal(ws.denominator);
  const notation = useSignal(ws.notation);
  const { standard } = useSignal(ws.doc);
  if (member) {
    const whole = clusters.reads.of(clusters.leaderOf.get(row) ?? row, sample);
    const part = whole > 0 ? ws.table.reads[sample]![row]! / whole : 0;
    return (
      <span className="line-size num" title={m.list.share(share(part, m.locale, "percent", 2))}>
        {share(part, m.locale, "percent", 2)}
        <button
          type="button"
          className="line-remove"
          tabIndex={-1}
          aria-label={m.list.removeMember}
          title={m.list.removeMember}
          onClick={(e) => {
            e.stopPropagation();
            ws.commit({ kind: "split", ids: ws.idsOf([row]) });
          }}
        >
          ×
        </button>
      </span>
    );
  }
  const reads = clusters.reads.of(row, sample);
  const size = sizeOf(ws.table, clusters.reads, denominator, standard, row, sample);
  if (reads === 0)
    return (
      <span className="line-size num absent" title={m.list.absent}>
        –
      </span>
    );
  if (reads < QUANTIFIABLE)
    return (
      <span className="line-size num few" title={`${m.list.notQuantifiable} (${m.reads(reads)})`}>
        + {reads}
      </span>
    );
  return (
    <span className="line-size num" title={m.reads(reads)}>
      {share(size, m.locale, notation)}
    </span>
  );
}

/** Reads that belong to no listed clonotype of a system. */
export function SmallerLine({
  line,
  at,
  style,
}: {
  line: { system: string; reads: number; size: number };
  at: number;
  style: CSSProperties;
}) {
  const ws = useWorkspace();
  const m = useSignal(messages);
  const notation = useSignal(ws.notation);
  return (
    <div className="line smaller" role="row" aria-rowindex={at} tabIndex={-1} style={style} title={m.list.smallerHint}>
      <span role="gridcell" className="cell">
        <span className="line-toggle" />
        <SystemBadge system={line.system} />
        <span className="line-tag">
          <IconInfoCircle size={13} stroke={1.4} aria-hidden />
        </span>
      </span>
      <span role="gridcell" className="line-name">
        {m.list.smaller(line.system)}
      </span>
      <span role="gridcell" className="line-size num" title={m.reads(line.reads)}>
        {share(line.size, m.locale, notation)}
      </span>
    </div>
  );
}
