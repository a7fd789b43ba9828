import { useState } from "react";
import { useSignal } from "../../ui/useSignal";
import { clockText } from "../server/format";
import { Dialog, errorText, useMessages } from "../server/parts";
import type { Autosave } from "./autosave";

/** Whether what was noted is on the server. */
export function Saving({ autosave }: { autosave: Autosave }) {
  const m = useMessages();
  const words = m.server.result;
  const state = useSignal(autosave.state);
  switch (state.kind) {
    case "saved":
      return (
        <span className="saving secondary" role="status" data-testid="saving">
          {state.at ? words.saved(clockText(state.at, m.locale)) : ""}
        </span>
      );
    case "unsaved":
    case "saving":
    case "readOnly":
      return (
        <span className="saving secondary" role="status" data-testid="saving">
          {words[state.kind]}
        </span>
      );
    case "failed":
      return (
        <span className="saving state failed" role="alert" title={words.failedText}>
          ✕ {words.failed}: {errorText(state.error, m.server.common.unreachable)}
          <button type="button" className="quiet" onClick={() => void autosave.flush()}>
            {m.server.common.retry}
          </button>
        </span>
      );
    case "conflict":
      return (
        <span className="saving state failed" role="alert">
          ✕ {words.conflictTitle}
        </span>
      );
  }
}

/** Two people have noted something on the same set: the second decides, and neither's work is gone. */
export function Conflict({ autosave }: { autosave: Autosave }) {
  const m = useMessages();
  const words = m.server.result;
  const state = useSignal(autosave.state);
  const [put, setPut] = useState<unknown>(null);
  if (state.kind !== "conflict") return null;
  const { theirs } = state;
  return (
    <>
      {put === state && (
        <button type="button" className="button conflict-open" onClick={() => setPut(null)}>
          {words.conflictTitle}
        </button>
      )}
      <Dialog opened={put !== state} onClose={() => setPut(state)} title={words.conflictTitle}>
        <p>{words.conflict(theirs.author ?? "", clockText(theirs.created_at ?? Date.now(), m.locale))}</p>
        <dl className="choices">
          <dt>
            <button type="button" className="button primary" onClick={() => void autosave.keepMine()}>
              {words.keepMine}
            </button>
          </dt>
          <dd>{words.keepMineText}</dd>
          <dt>
            <button type="button" className="button" onClick={() => autosave.takeTheirs()}>
              {words.reloadTheirs}
            </button>
          </dt>
          <dd>{words.reloadText}</dd>
        </dl>
        <button type="button" className="quiet" onClick={() => setPut(state)}>
          {words.later}
        </button>
      </Dialog>
    </>
  );
}
