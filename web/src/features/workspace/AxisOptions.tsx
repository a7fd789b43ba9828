import { IconAdjustments } from "@tabler/icons-react";
import { useState } from "react";
import type { NumberAxis } from "../../core/axes/axis";
import type { AxisView } from "../../core/axes/presets";
import type { Messages } from "../../i18n";
import { messages } from "../../i18n";
import { Popover } from "../../ui/Menu";
import { useSignal } from "../../ui/useSignal";
import { axisLabel } from "../../ui/words";
import { selectedRange } from "../../views/plotView";
import { isLog } from "../../views/scale";
import { useWorkspace } from "./context";

interface AxisOptionsProps {
  readonly axis: NumberAxis;
  readonly view: AxisView | undefined;
  onChange(view: AxisView | undefined): void;
}

/** Range, scale and direction of a number axis; by numbers, for who does not drag. */
export function AxisOptions({ axis, view, onChange }: AxisOptionsProps) {
  const m = useSignal(messages);
  const [opened, setOpened] = useState(false);
  const label = m.plots.axis.options(axisLabel(m, axis.id));
  return (
    <Popover
      opened={opened}
      onChange={setOpened}
      position="bottom-start"
      target={
        <button
          type="button"
          className="quiet icon"
          aria-label={label}
          title={label}
          aria-expanded={opened}
          data-on={view ? "" : undefined}
          onClick={() => setOpened(!opened)}
        >
          <IconAdjustments size={14} stroke={1.6} />
        </button>
      }
    >
      {opened && <Options axis={axis} view={view} onChange={onChange} onDone={() => setOpened(false)} />}
    </Popover>
  );
}

/** Shares are typed in percent, as they are read. */
const factorOf = (axis: NumberAxis): number => (axis.unit === "share" ? 100 : 1);

const written = (value: number | undefined, axis: NumberAxis): string =>
  value === undefined ? "" : String(Number((value * factorOf(axis)).toPrecision(6)));

/** Undefined for an empty field, NaN for what is no number; a comma is a point. */
function read(text: string, axis: NumberAxis): number | undefined {
  const trimmed = text.trim().replace(",", ".");
  return trimmed === "" ? undefined : Number(trimmed) / factorOf(axis);
}

function problemOf(m: Messages, min: number | undefined, max: number | undefined): string {
  if (Number.isNaN(min ?? 0) || Number.isNaN(max ?? 0)) return m.plots.axis.wrong;
  return min !== undefined && max !== undefined && max < min ? m.plots.axis.order : "";
}

function Options({ axis, view, onChange, onDone }: AxisOptionsProps & { onDone(): void }) {
  const ws = useWorkspace();
  const m = useSignal(messages);
  const selected = useSignal(ws.selection).count > 0;
  const [from, setFrom] = useState(written(view?.min, axis));
  const [to, setTo] = useState(written(view?.max, axis));
  const [min, max] = [read(from, axis), read(to, axis)];
  const problem = problemOf(m, min, max);
  const bounds = { ...(min === undefined ? {} : { min }), ...(max === undefined ? {} : { max }) };
  const { min: _, max: __, ...rest } = view ?? {};
  const empty = min === undefined && max === undefined;
  const log = isLog(axis, view);
  const zoom = () => {
    onChange({ ...rest, ...bounds });
    onDone();
  };
  const filter = () => {
    ws.addFilter({
      kind: "range",
      axis: axis.id,
      min: min ?? Number.NEGATIVE_INFINITY,
      max: max ?? Number.POSITIVE_INFINITY,
    });
    onDone();
  };
  const toSelection = () => {
    const range = selectedRange(ws, axis);
    if (range) onChange({ ...rest, min: range[0], max: range[1] });
    onDone();
  };
  const unit = axis.unit === "share" ? ` (%)` : axis.unit === "nt" ? " (nt)" : "";
  return (
    <form
      className="axis-options"
      onSubmit={(e) => {
        e.preventDefault();
        if (problem === "" && !empty) zoom();
      }}
    >
      <h3>
        {axisLabel(m, axis.id)}
        {unit}
      </h3>
      <div className="axis-range">
        <label>
          {m.plots.axis.from}
          <input
            inputMode="decimal"
            value={from}
            aria-invalid={Number.isNaN(min ?? 0)}
            onChange={(e) => setFrom(e.currentTarget.value)}
          />
        </label>
        <label>
          {m.plots.axis.to}
          <input
            inputMode="decimal"
            value={to}
            aria-invalid={Number.isNaN(max ?? 0)}
            onChange={(e) => setTo(e.currentTarget.value)}
          />
        </label>
      </div>
      {problem !== "" && (
        <p className="axis-problem" role="alert">
          {problem}
        </p>
      )}
      <div className="axis-actions">
        <button type="submit" className="quiet" disabled={empty || problem !== ""}>
          {m.plots.axis.zoom}
        </button>
        <button type="button" className="quiet" disabled={empty || problem !== ""} onClick={filter}>
          {m.plots.axis.filter}
        </button>
        <button type="button" className="quiet" disabled={!selected} onClick={toSelection}>
          {m.plots.axis.toSelection}
        </button>
      </div>
      <div className="axis-row">
        <span>{m.plots.axis.scale}</span>
        <fieldset className="segmented" aria-label={m.plots.axis.scale}>
          {(["linear", "log"] as const).map((scale) => (
            <button
              key={scale}
              type="button"
              className="quiet"
              aria-pressed={(scale === "log") === log}
              onClick={() => onChange(scale === axis.scale ? without(view, "scale") : { ...view, scale })}
            >
              {m.plots.axis[scale]}
            </button>
          ))}
        </fieldset>
      </div>
      <label className="axis-check">
        <input
          type="checkbox"
          checked={view?.inverted === true}
          onChange={(e) => onChange(e.currentTarget.checked ? { ...view, inverted: true } : without(view, "inverted"))}
        />
        {m.plots.axis.inverted}
      </label>
      <button
        type="button"
        className="quiet"
        disabled={!view}
        onClick={() => {
          onChange(undefined);
          onDone();
        }}
      >
        {m.plots.axis.reset}
      </button>
    </form>
  );
}

function without(view: AxisView | undefined, key: keyof AxisView): AxisView | undefined {
  const { [key]: _, ...rest } = view ?? {};
  return Object.keys(rest).length > 0 ? rest : undefined;
}
