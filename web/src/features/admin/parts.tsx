/** Small things that the pages of the administration share. */
import { IconCheck, IconCopy } from "@tabler/icons-react";
import type { ReactNode, SelectHTMLAttributes, TextareaHTMLAttributes } from "react";
import { useId, useState } from "react";
import { LANGUAGES } from "../../i18n";
import { Dialog, Fault, Field, Labelled, useMessages } from "../server/parts";
import "./admin.css";

export function Choice({
  label,
  hint,
  children,
  ...rest
}: SelectHTMLAttributes<HTMLSelectElement> & { label: string; hint?: string; children: ReactNode }) {
  return (
    <Labelled label={label} hint={hint}>
      {(tied) => (
        <select className="select framed" {...tied} {...rest}>
          {children}
        </select>
      )}
    </Labelled>
  );
}

/** The languages to choose from, each in its own words, behind the one that says: none. */
export function LanguageOptions() {
  const m = useMessages();
  return (
    <>
      <option value="">{m.admin.users.serverLanguage}</option>
      {LANGUAGES.map((l) => (
        <option key={l.locale} value={l.locale} lang={l.locale}>
          {l.language}
        </option>
      ))}
    </>
  );
}

export function Area({
  label,
  fault,
  hint,
  ...rest
}: TextareaHTMLAttributes<HTMLTextAreaElement> & { label: string; fault?: string; hint?: string }) {
  return (
    <Labelled label={label} fault={fault} hint={hint}>
      {(tied) => <textarea className="field area" rows={3} {...tied} {...rest} />}
    </Labelled>
  );
}

export function Check({
  label,
  hint,
  checked,
  disabled = false,
  onChange,
}: {
  label: string;
  hint?: string | undefined;
  checked: boolean;
  disabled?: boolean;
  onChange: (checked: boolean) => void;
}) {
  const id = useId();
  return (
    <div className="check">
      <input
        id={id}
        type="checkbox"
        checked={checked}
        disabled={disabled}
        aria-describedby={hint ? `${id}-hint` : undefined}
        onChange={(e) => onChange(e.currentTarget.checked)}
      />
      <span>
        <label htmlFor={id}>{label}</label>
        {hint && (
          <span id={`${id}-hint`} className="hint">
            {hint}
          </span>
        )}
      </span>
    </div>
  );
}

/** Something to hand on: shown whole, copied by a click. */
export function CopyBox({ label, text }: { label: string; text: string }) {
  const m = useMessages();
  const id = useId();
  const [copied, setCopied] = useState(false);
  const copy = () =>
    navigator.clipboard.writeText(text).then(
      () => setCopied(true),
      // Without the right to the clipboard, the text is chosen to be copied by hand.
      () => (document.getElementById(id) as HTMLInputElement | null)?.select(),
    );
  return (
    <div className="form-field">
      <label htmlFor={id}>{label}</label>
      <div className="copy-box">
        <input id={id} className="field mono" readOnly value={text} onFocus={(e) => e.currentTarget.select()} />
        <button type="button" className="button" onClick={() => void copy()}>
          {copied ? <IconCheck size={15} aria-hidden /> : <IconCopy size={15} aria-hidden />}
          {copied ? m.server.common.copied : m.server.common.copy}
        </button>
      </div>
      <span className="visually-hidden" role="status">
        {copied ? m.server.common.copied : ""}
      </span>
    </div>
  );
}

/** Asks for a word before something that cannot be taken back. */
export function TypedConfirm({
  question,
  text,
  word,
  action,
  onYes,
}: {
  question: string;
  text: string;
  word: string;
  action: string;
  onYes: () => Promise<unknown>;
}) {
  const m = useMessages();
  const [opened, setOpened] = useState(false);
  const [typed, setTyped] = useState("");
  const [error, setError] = useState<unknown>(null);
  const close = () => {
    setOpened(false);
    setTyped("");
    setError(null);
  };
  return (
    <>
      <button type="button" className="button danger" onClick={() => setOpened(true)}>
        {action}
      </button>
      <Dialog opened={opened} onClose={close} title={question}>
        <form
          className="form"
          onSubmit={(e) => {
            e.preventDefault();
            if (typed.trim() === word) onYes().then(close, setError);
          }}
        >
          <p>{text}</p>
          <Field
            label={m.admin.common.typeToConfirm(word)}
            data-autofocus
            value={typed}
            autoComplete="off"
            onChange={(e) => setTyped(e.currentTarget.value)}
          />
          {error !== null && <Fault error={error} />}
          <div className="form-actions">
            <button type="button" className="button" onClick={close}>
              {m.server.common.cancel}
            </button>
            <button type="submit" className="button danger" disabled={typed.trim() !== word}>
              {action}
            </button>
          </div>
        </form>
      </Dialog>
    </>
  );
}

const GLYPHS = { ok: "●", warning: "▲", error: "✕" } as const;
const CLASSES = { ok: "done", warning: "warn", error: "failed" } as const;

/** How something is, never by its colour alone. */
export function Mark({ how, children }: { how: keyof typeof GLYPHS; children: ReactNode }) {
  return (
    <span className={`state ${CLASSES[how]}`}>
      <span aria-hidden className="state-glyph">
        {GLYPHS[how]}
      </span>
      {children}
    </span>
  );
}

/** A fact with its name above it. */
export function Tile({ label, value, children }: { label: string; value: ReactNode; children?: ReactNode }) {
  return (
    <div className="tile">
      <dt>{label}</dt>
      <dd className="tile-value">{value}</dd>
      {children && <dd className="secondary small">{children}</dd>}
    </div>
  );
}
