import {
  IconAlertTriangle,
  IconChevronLeft,
  IconChevronRight,
  IconInfoCircle,
  IconNote,
  IconPlayerPause,
  IconPlayerPlay,
  IconSparkles,
} from "@tabler/icons-react";
import { lazy, Suspense, useEffect, useState } from "react";
import { integer, share } from "../../core/format";
import { analysedLevel } from "../../core/warnings";
import { messages } from "../../i18n";
import { Popover } from "../../ui/Menu";
import { useSignal } from "../../ui/useSignal";
import { SystemBadge } from "./Badge";
import { CommandButton } from "./CommandButton";
import { useWorkspace } from "./context";
import { formatDate } from "./formatDate";
import { InfoNotes, NoteText } from "./InfoNotes";
import { Legend } from "./Legend";
import { useSystems } from "./PlotPane";

/** Read when somebody opens them. */
const InfoSample = lazy(() => import("./InfoSample").then((m) => ({ default: m.InfoSample })));
const InfoSuggestions = lazy(() => import("./InfoSuggestions").then((m) => ({ default: m.InfoSuggestions })));

/** The current sample: how much of it was analysed, which loci it has, what is doubtful, what was noted. */
export function Info() {
  const m = useSignal(messages);
  return (
    <section className="pane info" aria-label={m.info.title}>
      <SampleLine />
      <Analysed />
      <Systems />
      <div className="info-row">
        <Warnings />
        <Suggestions />
        <span className="spring" />
        <Notes />
        <Facts />
      </div>
      <Legend />
    </section>
  );
}

function SampleLine() {
  const ws = useWorkspace();
  const m = useSignal(messages);
  const doc = useSignal(ws.doc);
  const current = useSignal(ws.sample);
  const shown = useSignal(ws.shown);
  const s = ws.table.samples[current]!;
  const nameOf = (i: number) => doc.sampleNames.get(i) ?? ws.table.samples[i]!.name;
  const note = doc.sampleNotes.get(current) ?? s.info;
  return (
    <div className="info-sample">
      <CommandButton id="previousSample" icon={<IconChevronLeft size={16} />} />
      <div className="info-name">
        {shown.length > 1 ? (
          <select
            className="info-choice"
            aria-label={m.info.sample}
            value={current}
            onChange={(e) => ws.setSample(Number(e.currentTarget.value))}
          >
            {shown.map((i) => (
              <option key={i} value={i}>
                {nameOf(i)}
              </option>
            ))}
          </select>
        ) : (
          <strong>
            <bdi>{nameOf(current)}</bdi>
          </strong>
        )}
        <span title={note}>
          {formatDate(s.date, m.locale)}
          {s.date !== "" && note !== "" && " · "}
          <NoteText text={note} />
        </span>
      </div>
      {shown.length > 1 && <Play />}
      <CommandButton id="nextSample" icon={<IconChevronRight size={16} />} />
    </div>
  );
}

const STEP_MS = 3000;

/** Goes from sample to sample by itself, until it is stopped or another thing is opened. */
function Play() {
  const ws = useWorkspace();
  const m = useSignal(messages);
  const [on, setOn] = useState(false);
  useEffect(() => {
    if (!on) return;
    const timer = setInterval(() => ws.stepSample(1), STEP_MS);
    return () => clearInterval(timer);
  }, [on, ws]);
  const label = on ? m.sequenceWork.pause : m.sequenceWork.play;
  return (
    <button
      type="button"
      className="quiet icon"
      aria-pressed={on}
      aria-label={label}
      title={label}
      onClick={() => setOn(!on)}
    >
      {on ? <IconPlayerPause size={14} stroke={1.6} /> : <IconPlayerPlay size={14} stroke={1.6} />}
    </button>
  );
}

function Analysed() {
  const ws = useWorkspace();
  const m = useSignal(messages);
  const s = ws.table.samples[useSignal(ws.sample)]!;
  const filters = useSignal(ws.filters);
  const part = s.total > 0 ? s.analysed / s.total : 0;
  const level = analysedLevel(s.analysed, s.total);
  const doubt = level === 2 ? m.info.veryFewAnalysed : level === 1 ? m.info.fewAnalysed : "";
  const hidden = filters.find((f) => f.kind === "systems");
  const names = hidden?.kind === "systems" ? new Set(hidden.hidden) : null;
  const chosen = Object.entries(s.systems).reduce((sum, [name, n]) => sum + (names?.has(name) ? 0 : n), 0);
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
      {names && s.total > 0 && (
        <div className="info-analysed-text">
          <span>{m.sequenceWork.shownLoci(integer(chosen, m.locale))}</span>
          <span>{m.sequenceWork.ofAllReads(share(chosen / s.total, m.locale))}</span>
        </div>
      )}
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
    <Popover
      position="bottom-start"
      target={
        <button type="button" className="quiet">
          <IconAlertTriangle
            size={15}
            stroke={1.6}
            className={loud.some((w) => w.level === 2) ? "level-2" : loud.length > 0 ? "level-1" : ""}
          />
          {m.info.warnings(loud.length)}
        </button>
      }
    >
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
    </Popover>
  );
}

function Suggestions() {
  const ws = useWorkspace();
  const m = useSignal(messages);
  const suggestions = useSignal(ws.suggestions);
  const opened = useSignal(ws.suggesting);
  const setOpened = (on: boolean) => {
    ws.suggesting.value = on;
  };
  return (
    <>
      <button type="button" className="quiet" onClick={() => setOpened(true)}>
        <IconSparkles size={15} stroke={1.6} />
        {suggestions.length > 0 ? m.info.suggestions(suggestions.length) : m.sequenceWork.suggestions.open}
      </button>
      <Suspense>{opened && <InfoSuggestions onClose={() => setOpened(false)} />}</Suspense>
    </>
  );
}

function Notes() {
  const ws = useWorkspace();
  const m = useSignal(messages);
  const { info } = useSignal(ws.doc);
  const label = m.sequenceWork.notes.open;
  return (
    <Popover
      position="bottom-end"
      width={360}
      target={
        <button
          type="button"
          className={info === "" ? "quiet icon" : "quiet icon noted"}
          aria-label={label}
          title={info || label}
        >
          <IconNote size={16} stroke={1.6} />
        </button>
      }
    >
      <InfoNotes />
    </Popover>
  );
}

function Facts() {
  const m = useSignal(messages);
  const [opened, setOpened] = useState(false);
  return (
    <>
      <button
        type="button"
        className="quiet icon"
        aria-label={m.info.details}
        title={m.info.details}
        onClick={() => setOpened(true)}
      >
        <IconInfoCircle size={16} stroke={1.6} />
      </button>
      <Suspense>{opened && <InfoSample onClose={() => setOpened(false)} />}</Suspense>
    </>
  );
}
