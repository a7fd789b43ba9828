import { useState } from "react";
import { timeText } from "../server/format";
import { useMessages } from "../server/parts";
import type { Opened } from "./open";

/** Notes of an earlier page that never reached the server: taken over, or thrown away, but not by themselves. */
export function DraftOffer({ opened }: { opened: Opened }) {
  const m = useMessages();
  const words = m.sequenceWork.draft;
  const [open, setOpen] = useState(true);
  const { draft } = opened;
  if (!draft || !open) return null;
  return (
    <div className="server draft" role="status" data-testid="draft">
      <span>{words.found(timeText(new Date(draft.at).toISOString(), m.locale))}</span>
      <span className="spring" />
      <button
        type="button"
        className="button primary"
        onClick={() => {
          setOpen(false);
          opened.autosave.resume(draft);
        }}
      >
        {words.take}
      </button>
      <button
        type="button"
        className="button"
        onClick={() => {
          setOpen(false);
          void opened.discardDraft().catch(() => undefined);
        }}
      >
        {words.discard}
      </button>
    </div>
  );
}
