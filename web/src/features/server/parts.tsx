/** Small things that all pages are made of. */
import { IconAlertTriangle, IconX } from "@tabler/icons-react";
import type { InputHTMLAttributes, ReactNode } from "react";
import { useId, useState } from "react";
import { ApiError } from "../../api/problem";
import type { JobState } from "../../api/types";
import { messages } from "../../i18n";
import { Modal } from "../../ui/Modal";
import { useSignal } from "../../ui/useSignal";
import "./server.css";

export const useMessages = () => useSignal(messages);

/** A page: its title is the document's as well. */
export function Page({
  title,
  kicker,
  actions,
  children,
  narrow,
  ready = true,
}: {
  title: string;
  kicker?: ReactNode;
  actions?: ReactNode;
  children: ReactNode;
  narrow?: boolean;
  ready?: boolean;
}) {
  const m = useMessages();
  return (
    <main
      id="content"
      className={narrow ? "server page narrow" : "server page"}
      tabIndex={-1}
      {...(ready ? { "data-ready": true } : {})}
    >
      <title>{`${title} · ${m.app}`}</title>
      <div className="page-head">
        <div>
          {kicker && <div className="page-kicker">{kicker}</div>}
          <h1>
            <bdi>{title}</bdi>
          </h1>
        </div>
        <span className="spring" />
        {actions}
      </div>
      {children}
    </main>
  );
}

export const Loading = () => {
  const m = useMessages();
  return (
    <p className="loading" role="status">
      {m.server.common.loading}
    </p>
  );
};

export function errorText(error: unknown, unreachable: string): string {
  if (error instanceof ApiError) return error.unreachable ? unreachable : error.message;
  return error instanceof Error ? error.message : String(error);
}

/** What went wrong, in the server's words, and a way out. */
export function Fault({ error, retry }: { error: unknown; retry?: () => void }) {
  const m = useMessages();
  const id = error instanceof ApiError ? error.requestId : "";
  return (
    <div className="server fault" role="alert">
      <IconAlertTriangle size={18} stroke={1.6} aria-hidden />
      <div>
        {errorText(error, m.server.common.unreachable)}
        {id && <div className="fault-id mono">{m.server.common.request(id)}</div>}
      </div>
      {retry && (
        <button type="button" className="button" onClick={retry}>
          {m.server.common.retry}
        </button>
      )}
    </div>
  );
}

export function Empty({ title, text, children }: { title: string; text?: string; children?: ReactNode }) {
  return (
    <div className="empty">
      <h2>{title}</h2>
      {text && <p>{text}</p>}
      {children && <div className="empty-actions">{children}</div>}
    </div>
  );
}

interface Labels {
  readonly label: string;
  /** What is wrong with what stands there. */
  readonly fault?: string | undefined;
  readonly hint?: string | undefined;
}

interface Tied {
  readonly id: string;
  readonly "aria-invalid": true | undefined;
  readonly "aria-describedby": string | undefined;
}

/** An input with its label, hint and fault, tied together for those who cannot see that they stand together. */
export function Labelled({ label, fault, hint, children }: Labels & { children: (tied: Tied) => ReactNode }) {
  const id = useId();
  const about = [fault ? `${id}-fault` : "", hint ? `${id}-hint` : ""].filter(Boolean).join(" ");
  return (
    <div className="form-field">
      <label htmlFor={id}>{label}</label>
      {children({ id, "aria-invalid": fault ? true : undefined, "aria-describedby": about || undefined })}
      {hint && (
        <span id={`${id}-hint`} className="hint">
          {hint}
        </span>
      )}
      {fault && (
        <span id={`${id}-fault`} className="field-fault" role="alert">
          {fault}
        </span>
      )}
    </div>
  );
}

export function Field({ label, fault, hint, ...input }: InputHTMLAttributes<HTMLInputElement> & Labels) {
  return (
    <Labelled label={label} fault={fault} hint={hint}>
      {(tied) => <input className="field" {...tied} {...input} />}
    </Labelled>
  );
}

const GLYPHS: Readonly<Record<JobState, string>> = {
  waiting: "○",
  queued: "○",
  running: "◐",
  done: "●",
  failed: "✕",
  cancelled: "⊘",
};

/** A state, never by its colour alone. */
export function State({
  state,
  progress,
  title,
}: {
  state: JobState;
  progress?: number | undefined;
  title?: string | undefined;
}) {
  const m = useMessages();
  const part = state === "running" && progress !== undefined ? ` ${Math.round(progress * 100)} %` : "";
  return (
    <span className={`state ${state}`} title={title}>
      <span aria-hidden className="state-glyph">
        {GLYPHS[state]}
      </span>
      {m.server.jobs.state[state]}
      <span className="num">{part}</span>
    </span>
  );
}

export function Progress({ value, label }: { value: number; label: string }) {
  return <progress className="progress" max={1} value={value} aria-label={label} />;
}

/** The information of something, its #tags as chips that can be pressed. */
export function Info({ info, onTag }: { info: string; onTag?: (tag: string) => void }) {
  const parts = info.split(/(#[\p{L}\p{N}_-]+)/u);
  return (
    <span className="info-text" dir="auto">
      {parts.map((part, i) => {
        if (!part.startsWith("#") || part.length < 2) return part;
        const key = `${i}${part}`;
        return onTag ? (
          <button key={key} type="button" className="tag" onClick={() => onTag(part.slice(1))}>
            {part}
          </button>
        ) : (
          <span key={key} className="tag">
            {part}
          </span>
        );
      })}
    </span>
  );
}

export function Chip({ children, onRemove, label }: { children: ReactNode; onRemove: () => void; label: string }) {
  return (
    <span className="chip">
      {children}
      <button type="button" className="quiet icon" aria-label={label} onClick={onRemove}>
        <IconX size={12} />
      </button>
    </span>
  );
}

export function Dialog({
  opened,
  onClose,
  title,
  size = "md",
  children,
}: {
  opened: boolean;
  onClose: () => void;
  title: string;
  size?: string;
  children: ReactNode;
}) {
  const m = useMessages();
  return (
    <Modal
      opened={opened}
      onClose={onClose}
      title={title}
      size={size}
      centered
      classNames={{ content: "server" }}
      closeButtonProps={{ "aria-label": m.server.common.close }}
    >
      {children}
    </Modal>
  );
}

/** A button that asks before it does something that is felt. */
export function Ask({
  question,
  text,
  action,
  onYes,
  children,
  className = "quiet",
}: {
  question: string;
  text?: string;
  action: string;
  onYes: () => Promise<unknown>;
  children: ReactNode;
  className?: string;
}) {
  const m = useMessages();
  const [opened, setOpened] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const yes = () =>
    onYes().then(
      () => setOpened(false),
      (cause: unknown) => setError(cause),
    );
  return (
    <>
      <button type="button" className={className} onClick={() => setOpened(true)}>
        {children}
      </button>
      <Dialog opened={opened} onClose={() => setOpened(false)} title={question}>
        {text && <p>{text}</p>}
        {error !== null && <Fault error={error} />}
        <div className="form-actions">
          <button type="button" className="button" onClick={() => setOpened(false)}>
            {m.server.common.cancel}
          </button>
          <button type="button" className="button danger" onClick={() => void yes()}>
            {action}
          </button>
        </div>
      </Dialog>
    </>
  );
}

interface Pages {
  readonly hasNextPage: boolean;
  readonly isFetchingNextPage: boolean;
  fetchNextPage(): unknown;
}

export function More({ of }: { of: Pages }) {
  const m = useMessages();
  if (!of.hasNextPage) return null;
  return (
    <button type="button" className="button more" disabled={of.isFetchingNextPage} onClick={() => of.fetchNextPage()}>
      {of.isFetchingNextPage ? m.server.common.loading : m.server.common.more}
    </button>
  );
}
