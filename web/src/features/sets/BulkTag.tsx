import { useMutation, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { call } from "../../api/client";
import { groups, tags } from "../../api/queries";
import type { SampleSet } from "../../api/types";
import { Field, useMessages } from "../server/parts";
import { Form } from "./BulkRun";
import { each, told } from "./each";
import { retagged } from "./tagging";

interface Props {
  readonly sets: readonly SampleSet[];
  onClose(): void;
  onDone(text: string): Promise<void>;
}

/** Adds a tag to the information of sets, or takes it out. */
export function BulkTag({ sets, onClose, onDone }: Props) {
  const m = useMessages();
  const [text, setText] = useState("");
  const [remove, setRemove] = useState(false);
  const tag = text.trim().replace(/^#/, "");
  const known = useQuery({ ...tags(tag), enabled: tag !== "" }).data?.items ?? [];
  const mine = sets.filter((s) => s.may.includes("edit"));
  const save = useMutation({
    mutationFn: () =>
      each(mine, async (s) => {
        // The list may be old: what somebody wrote meanwhile is not to be lost.
        const now = await call("get", "/api/v1/sets/{id}", { path: { id: s.id } });
        const info = retagged(now.info, tag, remove);
        if (info !== now.info) await call("patch", "/api/v1/sets/{id}", { path: { id: s.id }, body: { info } });
      }),
    onSuccess: (o) => onDone(told(o, m.lists.tagged(tag, o.done.length, remove))),
  });
  const wrong = tag !== "" && !/^[\p{L}\p{N}_-]+$/u.test(tag);
  return (
    <Form
      title={m.lists.tagTitle(mine.length)}
      action={remove ? m.server.common.remove : m.server.common.add}
      busy={save.isPending || tag === "" || wrong}
      error={save.error}
      onClose={onClose}
      onSubmit={() => save.mutate()}
    >
      <Field
        label={m.lists.term.tag}
        data-autofocus
        value={text}
        list="known-tags"
        placeholder="#"
        fault={wrong ? m.lists.badTag : ""}
        onChange={(e) => setText(e.currentTarget.value)}
      />
      <datalist id="known-tags">
        {known.map((t) => (
          <option key={t.id} value={`#${t.name}`} />
        ))}
      </datalist>
      <label className="check">
        <input type="checkbox" checked={remove} onChange={(e) => setRemove(e.currentTarget.checked)} />{" "}
        {m.lists.removeInstead}
      </label>
    </Form>
  );
}

/** Opens sets to a group. */
export function BulkShare({ sets, onClose, onDone }: Props) {
  const m = useMessages();
  const list = useQuery(groups).data?.items ?? [];
  const [group, setGroup] = useState(0);
  const [close, setClose] = useState(false);
  const id = group || (list[0]?.id ?? 0);
  const name = list.find((g) => g.id === id)?.name ?? "";
  const mine = sets.filter((s) => s.may.includes("share"));
  const save = useMutation({
    mutationFn: () =>
      each(mine, (s) =>
        call(close ? "delete" : "put", "/api/v1/sets/{id}/groups/{group_id}", { path: { id: s.id, group_id: id } }),
      ),
    onSuccess: (o) => onDone(told(o, m.lists.shared(name, o.done.length, close))),
  });
  return (
    <Form
      title={m.lists.shareTitle(mine.length)}
      action={close ? m.lists.unshare : m.lists.share}
      busy={save.isPending || id === 0}
      error={save.error}
      onClose={onClose}
      onSubmit={() => save.mutate()}
    >
      <p className="secondary">{m.server.share.text}</p>
      <label className="form-field">
        <span>{m.server.share.group}</span>
        <select className="select framed" value={id} onChange={(e) => setGroup(Number(e.currentTarget.value))}>
          {list.map((g) => (
            <option key={g.id} value={g.id}>
              {g.name}
            </option>
          ))}
        </select>
      </label>
      <label className="check">
        <input type="checkbox" checked={close} onChange={(e) => setClose(e.currentTarget.checked)} />{" "}
        {m.lists.closeInstead}
      </label>
    </Form>
  );
}
