import { useQuery } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import { tags } from "../../api/queries";
import { messages } from "../../i18n";
import { useSignal } from "../../ui/useSignal";
import { useServer, useWorkspace } from "./context";

const TAG = /(#[\p{L}\p{N}_-]+)/u;

/** A note with its #tags set off. */
export function NoteText({ text }: { text: string }) {
  return (
    <bdi>
      {text.split(TAG).map((part, i) => {
        const key = `${i}${part}`;
        return TAG.test(part) ? (
          <span key={key} className="note-tag">
            {part}
          </span>
        ) : (
          part
        );
      })}
    </bdi>
  );
}

/** What is noted on the whole, and on the current sample, and what the sample is called. Typed text is kept at once. */
export function InfoNotes() {
  const ws = useWorkspace();
  const m = useSignal(messages);
  const doc = useSignal(ws.doc);
  const sample = useSignal(ws.sample);
  const words = m.sequenceWork.notes;
  const s = ws.table.samples[sample]!;
  return (
    <div className="info-notes">
      <Note label={words.all} value={doc.info} onSave={(info) => ws.commit({ kind: "info", info })} />
      <div>
        {words.name}
        <TextInput
          key={sample}
          label={words.name}
          value={doc.sampleNames.get(sample) ?? ""}
          placeholder={s.name}
          onSave={(name) => ws.commit({ kind: "renameSample", sample, name })}
        />
      </div>
      <Note
        key={`note ${sample}`}
        label={words.sample(doc.sampleNames.get(sample) ?? s.name)}
        value={doc.sampleNotes.get(sample) ?? s.info}
        onSave={(note) => ws.commit({ kind: "noteSample", sample, note })}
      />
    </div>
  );
}

/** Keeps what is typed when the field is left, by any way, one step of undo each time. */
function useTyped(value: string, onSave: (text: string) => void) {
  const [text, setText] = useState(value);
  const latest = useRef({ text, value, onSave });
  latest.current = { text, value, onSave };
  const save = () => {
    const now = latest.current;
    if (now.text !== now.value) now.onSave(now.text);
  };
  // A popover that closes takes the field away without a blur.
  // biome-ignore lint/correctness/useExhaustiveDependencies: what is newest stands in the reference
  useEffect(() => save, []);
  return { text, setText, save };
}

interface FieldProps {
  readonly label: string;
  readonly value: string;
  readonly onSave: (text: string) => void;
}

function TextInput({ label, value, placeholder, onSave }: FieldProps & { placeholder: string }) {
  const { text, setText, save } = useTyped(value, onSave);
  return (
    <input
      className="field"
      aria-label={label}
      value={text}
      placeholder={placeholder}
      onBlur={save}
      onChange={(e) => setText(e.currentTarget.value)}
    />
  );
}

function Note({ label, value, onSave }: FieldProps) {
  const server = useServer();
  const { text, setText, save } = useTyped(value, onSave);
  const field = useRef<HTMLTextAreaElement>(null);
  const [typing, setTyping] = useState<string | null>(null);
  const known = useQuery({ ...tags(typing ?? ""), enabled: server !== null && typing !== null });
  const put = (tag: string) => {
    const at = field.current?.selectionStart ?? text.length;
    setText(`${text.slice(0, at).replace(/#[\p{L}\p{N}_-]*$/u, `#${tag} `)}${text.slice(at)}`);
    setTyping(null);
    field.current?.focus();
  };
  return (
    <label>
      {label}
      <textarea
        ref={field}
        className="field"
        rows={3}
        value={text}
        onBlur={save}
        onChange={(e) => {
          const before = e.currentTarget.value.slice(0, e.currentTarget.selectionStart);
          setTyping(/#([\p{L}\p{N}_-]*)$/u.exec(before)?.[1] ?? null);
          setText(e.currentTarget.value);
        }}
      />
      {typing !== null && (known.data?.items.length ?? 0) > 0 && (
        <span className="note-tags">
          {known.data?.items.map(({ name }) => (
            <button key={name} type="button" className="chip" onClick={() => put(name)}>
              #{name}
            </button>
          ))}
        </span>
      )}
    </label>
  );
}
