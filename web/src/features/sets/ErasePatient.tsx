/** Takes from a patient, for good, what says who it is. */
import { IconUserOff } from "@tabler/icons-react";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { call } from "../../api/client";
import { whoami } from "../../api/queries";
import type { SampleSet } from "../../api/types";
import { Check } from "../admin/parts";
import { Dialog, Fault, Field, useMessages } from "../server/parts";

/** What goes besides the identity; the least is kept unless somebody decides otherwise. */
interface Drop {
  readonly info: boolean;
  readonly notes: boolean;
  readonly imported: boolean;
}

export function ErasePatient({ set: it }: { set: SampleSet }) {
  const words = useMessages().people.erase;
  const [opened, setOpened] = useState(false);
  const admin = useQuery(whoami).data?.admin ?? false;
  const may = it.may.includes("edit") && (it.may.includes("anon") || admin);
  if (it.kind !== "patient" || !may) return null;
  return (
    <>
      <button type="button" className="quiet" onClick={() => setOpened(true)}>
        <IconUserOff size={15} stroke={1.6} aria-hidden /> {words.open}
      </button>
      {opened && <EraseDialog id={it.id} onClose={() => setOpened(false)} />}
    </>
  );
}

function EraseDialog({ id, onClose }: { id: number; onClose: () => void }) {
  const m = useMessages();
  const words = m.people.erase;
  const client = useQueryClient();
  const [drop, setDrop] = useState<Drop>({ info: true, notes: true, imported: true });
  const [typed, setTyped] = useState("");
  const erase = useMutation({
    mutationFn: () =>
      call("post", "/api/v1/sets/{id}/erase", {
        path: { id },
        body: { keep_info: !drop.info, keep_notes: !drop.notes, keep_imported: !drop.imported },
      }),
    onSuccess: () =>
      Promise.all(
        ["set", "sets", "samples", "sample", "titles"].map((k) => client.invalidateQueries({ queryKey: [k] })),
      ),
  });
  if (erase.data) return <Done counts={erase.data} onClose={onClose} />;
  const sure = typed.trim().toLocaleLowerCase(m.locale) === words.word;
  return (
    <Dialog opened onClose={onClose} title={words.title(id)} size="lg">
      <form
        className="form"
        onSubmit={(e) => {
          e.preventDefault();
          if (sure) erase.mutate();
        }}
      >
        <p>{words.text}</p>
        <p className="secondary">{words.stays}</p>
        <fieldset className="checks">
          <legend>{words.freeText}</legend>
          <div className="plain-list">
            <Check
              label={words.dropInfo}
              hint={words.dropInfoHint}
              checked={drop.info}
              onChange={(info) => setDrop({ ...drop, info })}
            />
            <Check label={words.dropNotes} checked={drop.notes} onChange={(notes) => setDrop({ ...drop, notes })} />
            <Check
              label={words.dropImported}
              hint={words.dropImportedHint}
              checked={drop.imported}
              onChange={(imported) => setDrop({ ...drop, imported })}
            />
          </div>
        </fieldset>
        <Field
          label={words.type(words.word)}
          value={typed}
          autoComplete="off"
          onChange={(e) => setTyped(e.currentTarget.value)}
        />
        {erase.error && <Fault error={erase.error} />}
        <div className="form-actions">
          <button type="button" className="button" onClick={onClose}>
            {m.server.common.cancel}
          </button>
          <button type="submit" className="button danger" disabled={!sure || erase.isPending}>
            {words.yes}
          </button>
        </div>
      </form>
    </Dialog>
  );
}

type Counts = Readonly<Record<"samples" | "versions" | "imported" | "mounted" | "entries", number>>;

function Done({ counts, onClose }: { counts: Counts; onClose: () => void }) {
  const m = useMessages();
  const words = m.people.erase;
  const lines = (["samples", "versions", "imported", "mounted", "entries"] as const).filter((k) => counts[k] > 0);
  return (
    <Dialog opened onClose={onClose} title={words.doneTitle}>
      <ul>
        {lines.map((k) => (
          <li key={k} className={k === "mounted" ? "field-fault" : undefined}>
            {words.done[k](counts[k])}
          </li>
        ))}
      </ul>
      <div className="form-actions">
        <button type="button" className="button" data-autofocus onClick={onClose}>
          {m.server.common.close}
        </button>
      </div>
    </Dialog>
  );
}
