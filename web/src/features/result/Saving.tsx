import { call } from "../../api/client";
import { useSignal } from "../../ui/useSignal";
import { clockText } from "../server/format";
import { errorText, useMessages } from "../server/parts";
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
        <span className="saving state failed" role="alert" title={m.sequenceWork.draft.kept}>
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

/** Somebody else has saved meanwhile: what they noted comes when it is asked for. With changes here the next save asks. */
export function NewerNotes({ autosave, setId, newest }: { autosave: Autosave; setId: number; newest: number }) {
  const m = useMessages();
  const state = useSignal(autosave.state);
  if (newest <= autosave.version || autosave.pending || state.kind === "conflict" || state.kind === "saving")
    return null;
  const load = () => call("get", "/api/v1/sets/{id}/annotation", { path: { id: setId } });
  return (
    <button
      type="button"
      className="quiet"
      onClick={() =>
        void load().then(
          (a) => autosave.adopt(a),
          () => undefined,
        )
      }
    >
      {m.sequenceWork.conflict.newer}
    </button>
  );
}
