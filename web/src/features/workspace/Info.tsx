import { Popover } from "@mantine/core";
import { IconAlertTriangle, IconChevronLeft, IconChevronRight, IconSparkles } from "@tabler/icons-react";
import { commandById } from "../../core/commands";
import { integer, share } from "../../core/format";
import { analysedLevel } from "../../core/warnings";
import { messages } from "../../i18n";
import { useSignal } from "../../ui/useSignal";
import { SystemBadge } from "./Badge";
import { CommandButton } from "./CommandButton";
import { useWorkspace } from "./context";
import { Legend } from "./Legend";
import { useSystems } from "./PlotPane";

/** The current sample: how much of it was analysed, which loci it has, what is doubtful. */
export function Info() {
  const ws = useWorkspace();
  const m = useSignal(messages);
  const doc = useSignal(ws.doc);
  const current = useSignal(ws.sample);
  const s = ws.table.samples[current]!;
  return (
    <section className="pane info" aria-label={m.info.title}>
      <div className="info-sample">
        <CommandButton id="previousSample" icon={<IconChevronLeft size={16} />} />
        <div className="info-name">
          <strong>
            <bdi>{doc.sampleNames.get(current) ?? s.name}</bdi>
          </strong>
          <span>
            {[formatDate(s.date, m.locale), doc.sampleNotes.get(current) ?? s.info].filter((t) => t !== "").join(" · ")}
          </span>
        </div>
        <CommandButton id="nextSample" icon={<IconChevronRight size={16} />} />
      </div>
      <Analysed />
      <Systems />
      <div className="info-row">
        <Warnings />
        <Suggestions />
      </div>
      <Legend />
    </section>
  );
}

function formatDate(date: string, locale: string): string {
  return date === ""
    ? ""
    : new Intl.DateTimeFormat(locale, { dateStyle: "medium", timeZone: "UTC" }).format(new Date(`${date}T00:00:00Z`));
}

function Analysed() {
  const ws = useWorkspace();
  const m = useSignal(messages);
  const s = ws.table.samples[useSignal(ws.sample)]!;
  const part = s.total > 0 ? s.analysed / s.total : 0;
  const level = analysedLevel(s.analysed, s.total);
  const doubt = level === 2 ? m.info.veryFewAnalysed : level === 1 ? m.info.fewAnalysed : "";
  return (
    <div className="info-analysed num" title={doubt}>
      <div className="info-analysed-text">
        <span>{m.info.analysedOf(integer(s.analysed, m.locale), integer(s.total, m.locale))}</span>
        <strong className={level > 0 ? `level-${level}` : ""}>
          {share(part, m.locale)} {m.info.analysed}
        </strong>
      </div>
      <div className="bar" aria-hidden="true">
        <i className={level > 0 ? `level-${level}` : ""} style={{ width: `${part * 100}%` }} />
      </div>
    </div>
  );
}

function Systems() {
  const ws = useWorkspace();
  const m = useSignal(messages);
  const filters = useSignal(ws.filters);
  const s = ws.table.samples[useSignal(ws.sample)]!;
  const filter = filters.find((f) => f.kind === "systems");
  const hidden = filter?.kind === "systems" ? filter.hidden : [];
  const systems = useSystems();
  return (
    <fieldset className="systems" aria-label={m.info.systems} title={m.info.systemsHint}>
      {systems.map((system) => (
        <button
          key={system}
          type="button"
          className="system"
          aria-pressed={!hidden.includes(system)}
          title={`${system || "xxx"} · ${m.reads(s.systems[system] ?? 0)}`}
          onClick={(e) => ws.toggleSystem(system, e.shiftKey)}
        >
          <SystemBadge system={system} />
          <span>{system || "xxx"}</span>
          <span className="num">
            {s.analysed > 0 ? share((s.systems[system] ?? 0) / s.analysed, m.locale, "percent", 2) : ""}
          </span>
        </button>
      ))}
    </fieldset>
  );
}

function Warnings() {
  const ws = useWorkspace();
  const m = useSignal(messages);
  const warnings = useSignal(ws.warningsHere);
  const muted = useSignal(ws.muted);
  const loud = warnings.filter((w) => !w.muted && w.level > 0);
  const mute = (code: string) => {
    const next = new Set(muted);
    if (!next.delete(code)) next.add(code);
    ws.muted.value = next;
  };
  if (warnings.length === 0) return <span className="info-none">{m.info.noWarnings}</span>;
  return (
    <Popover position="bottom-start" withinPortal>
      <Popover.Target>
        <button type="button" className="quiet">
          <IconAlertTriangle
            size={15}
            stroke={1.6}
            className={loud.some((w) => w.level === 2) ? "level-2" : loud.length > 0 ? "level-1" : ""}
          />
          {m.info.warnings(loud.length)}
        </button>
      </Popover.Target>
      <Popover.Dropdown>
        <table className="warnings">
          <tbody>
            {warnings.map((w) => (
              <tr key={w.code} className={w.muted ? "muted" : ""}>
                <td className={`level-${w.level} mono`}>{w.code}</td>
                <td>
                  <button type="button" className="link" onClick={() => ws.select(w.rows)}>
                    {m.warning[w.code] ?? w.code}
                  </button>
                </td>
                <td className="num">{w.clonotypes}</td>
                <td className="num">{m.reads(w.reads)}</td>
                <td>
                  <label>
                    <input type="checkbox" checked={w.muted} onChange={() => mute(w.code)} /> {m.topbar.muted}
                  </label>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </Popover.Dropdown>
    </Popover>
  );
}

/** Clusters of likely errors that the engine proposes: looked at first, then accepted in one click; undo takes it back. */
function Suggestions() {
  const ws = useWorkspace();
  const m = useSignal(messages);
  const suggestions = useSignal(ws.suggestions);
  if (suggestions.length === 0) return null;
  return (
    <span className="suggestions">
      <button type="button" className="quiet" onClick={() => ws.select(suggestions.flat())}>
        <IconSparkles size={15} stroke={1.6} /> {m.info.suggestions(suggestions.length)}
      </button>
      <button type="button" className="link" onClick={() => commandById("acceptClusters").run(ws)}>
        {m.info.accept}
      </button>
    </span>
  );
}
