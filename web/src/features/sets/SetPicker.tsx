/** Chooses sets by a search: those chosen stand as chips, what is found below the box. */
import { useQuery } from "@tanstack/react-query";
import type { KeyboardEvent } from "react";
import { useId, useState } from "react";
import { setsFound } from "../../api/queries";
import type { Kind } from "../../api/types";
import { dayText } from "../server/format";
import { Chip, useMessages } from "../server/parts";

export interface SetRef {
  readonly id: number;
  readonly kind: Kind;
  readonly title: string;
}

interface Props {
  readonly label: string;
  readonly value: readonly SetRef[];
  readonly kind?: Kind;
  /** The last one cannot be taken out: a sample is in one set at least. */
  readonly needed?: boolean;
  onChange(value: readonly SetRef[]): void;
}

export function SetPicker({ label, value, kind, needed, onChange }: Props) {
  const m = useMessages();
  const id = useId();
  const [text, setText] = useState("");
  const [at, setAt] = useState(0);
  const found = useQuery({ ...setsFound(text.trim(), kind), enabled: text.trim() !== "" }).data?.items ?? [];
  const list = text.trim() === "" ? [] : found.filter((s) => !value.some((v) => v.id === s.id));
  const choose = (set: SetRef | undefined) => {
    if (!set) return;
    onChange([...value, { id: set.id, kind: set.kind, title: set.title }]);
    setText("");
    setAt(0);
  };
  const key = (e: KeyboardEvent) => {
    const steps: Readonly<Record<string, number>> = { ArrowDown: 1, ArrowUp: -1 };
    const step = steps[e.key];
    if (step !== undefined && list.length > 0) {
      e.preventDefault();
      setAt((at + step + list.length) % list.length);
    } else if (e.key === "Enter") {
      e.preventDefault();
      choose(list[at]);
    }
  };
  return (
    <div className="form-field set-picker">
      <label htmlFor={id}>{label}</label>
      <span className="chips">
        {value.map((v) => {
          const text = (
            <>
              <span className="secondary">{m.server.sets.one[v.kind]}</span> <bdi>{v.title}</bdi>
            </>
          );
          return needed && value.length === 1 ? (
            <span key={v.id} className="chip">
              {text}
            </span>
          ) : (
            <Chip
              key={v.id}
              label={`${m.server.common.remove}: ${v.title}`}
              onRemove={() => onChange(value.filter((x) => x.id !== v.id))}
            >
              {text}
            </Chip>
          );
        })}
      </span>
      <span className="search-box">
        <input
          id={id}
          className="field"
          role="combobox"
          aria-expanded={list.length > 0}
          aria-controls={`${id}-list`}
          aria-activedescendant={list[at] ? `${id}-${at}` : undefined}
          autoComplete="off"
          value={text}
          placeholder={m.lists.findSet}
          onChange={(e) => {
            setText(e.currentTarget.value);
            setAt(0);
          }}
          onKeyDown={key}
        />
        <div id={`${id}-list`} role="listbox" aria-label={label} className="suggestions" hidden={list.length === 0}>
          {list.map((s, i) => (
            // biome-ignore lint/a11y/useKeyWithClickEvents: the keys are those of the box, which keeps the focus
            <div
              key={s.id}
              id={`${id}-${i}`}
              role="option"
              tabIndex={-1}
              aria-selected={i === at}
              onMouseDown={(e) => e.preventDefault()}
              onClick={() => choose(s)}
            >
              <span className="secondary">{m.server.sets.one[s.kind]}</span> <bdi>{s.title}</bdi>{" "}
              <span className="secondary small">{s.label || dayText(s.birth ?? s.day, m.locale)}</span>
            </div>
          ))}
        </div>
      </span>
    </div>
  );
}
