/** Sets as one file for another server. */
import { useState } from "react";
import { link } from "../../api/client";
import { Dialog, useMessages } from "../server/parts";

export function ExportArchive({ sets, onClose }: { sets: readonly { readonly id: number }[]; onClose: () => void }) {
  const words = useMessages().transfer;
  const [reads, setReads] = useState(false);
  const [anonymous, setAnonymous] = useState(false);
  const query = {
    set_ids: sets.map((s) => s.id),
    ...(reads ? { reads: true } : {}),
    ...(anonymous ? { anonymous: true } : {}),
  };
  return (
    <Dialog opened onClose={onClose} title={words.exportTitle(sets.length)}>
      <p className="secondary">{words.exportText}</p>
      <p>
        <label>
          <input type="checkbox" checked={reads} onChange={(e) => setReads(e.currentTarget.checked)} /> {words.reads}
        </label>
      </p>
      <p>
        <label>
          <input type="checkbox" checked={anonymous} onChange={(e) => setAnonymous(e.currentTarget.checked)} />{" "}
          {words.anonymous}
        </label>
      </p>
      <div className="form-actions">
        <span className="spring" />
        <a className="button primary" href={link("/api/v1/sets.zip", { query })} download onClick={onClose}>
          {words.download}
        </a>
      </div>
    </Dialog>
  );
}
