import type { KeyboardEvent, ReactElement } from "react";
import { useState } from "react";
import type { Row } from "../../core/table";
import { TAG_KEYS, TAGS } from "../../core/tags";
import { messages, usual } from "../../i18n";
import type { TargetProps } from "../../ui/Menu";
import { Menu } from "../../ui/Menu";
import { Modal } from "../../ui/Modal";
import { useSignal } from "../../ui/useSignal";
import { TagGlyph } from "./Badge";
import { ColorItems } from "./ColorMenu";
import { useWorkspace } from "./context";

interface Props {
  /** What is tagged; the selection without. */
  readonly rows?: readonly Row[];
  readonly opened?: boolean;
  readonly onChange?: (opened: boolean) => void;
  readonly children: ReactElement<TargetProps>;
}

/** The tag that a key stands for while the menu is open; undefined for none, "" for no tag. */
export function tagForKey(e: Pick<KeyboardEvent, "key" | "ctrlKey" | "metaKey" | "altKey">): string | undefined {
  if (e.ctrlKey || e.metaKey || e.altKey) return undefined;
  return [...TAG_KEYS].find(([, key]) => key === e.key.toLowerCase())?.[0];
}

/** Tags rows; each tag has a key while the menu is open. */
export function TagMenu({ rows, opened, onChange, children }: Props) {
  const ws = useWorkspace();
  const m = useSignal(messages);
  const [own, setOwn] = useState(false);
  const [naming, setNaming] = useState(false);
  const change = (open: boolean) => {
    setOwn(open);
    onChange?.(open);
  };
  const tag = (id: string) => ws.commit({ kind: "tag", ids: ws.idsOf(rows ?? ws.selectedRows.peek()), tag: id });
  const press = (e: KeyboardEvent) => {
    const id = (opened ?? own) ? tagForKey(e) : undefined;
    if (id === undefined) return;
    e.preventDefault();
    e.stopPropagation();
    tag(id);
    change(false);
  };
  return (
    <>
      <Menu position="bottom-start" opened={opened ?? own} onChange={change} onKeyDown={press} target={children}>
        <div className="color-items">
          {[...TAGS.map((t) => t.id), ""].map((id) => (
            <Menu.Item
              key={id}
              leftSection={<TagGlyph tag={id} />}
              rightSection={<kbd className="tag-key">{TAG_KEYS.get(id)?.toUpperCase()}</kbd>}
              onClick={() => tag(id)}
            >
              {m.tag[id || "none"]}
            </Menu.Item>
          ))}
        </div>
        {rows && (
          <>
            <Menu.Divider />
            <div className="color-items">
              <ColorItems rows={rows} />
            </div>
          </>
        )}
        <Menu.Divider />
        <Menu.Item onClick={() => setNaming(true)}>{m.sequenceWork.tagNames.open}</Menu.Item>
      </Menu>
      {naming && <TagNames onClose={() => setNaming(false)} />}
    </>
  );
}

/** What tags are called here. An empty name is the usual one. */
function TagNames({ onClose }: { onClose: () => void }) {
  const ws = useWorkspace();
  const m = useSignal(messages);
  const plain = useSignal(usual);
  const words = m.sequenceWork.tagNames;
  const { tagNames } = useSignal(ws.doc);
  const [typed, setTyped] = useState<ReadonlyMap<string, string>>(tagNames);
  const save = () => {
    for (const { id } of TAGS) {
      const name = typed.get(id) ?? "";
      if (name.trim() !== (tagNames.get(id) ?? "")) ws.commit({ kind: "nameTag", tag: id, name });
    }
    onClose();
  };
  return (
    <Modal
      opened
      onClose={onClose}
      title={words.title}
      closeButtonProps={{ "aria-label": m.help.close }}
      onClick={(e) => e.stopPropagation()}
      onDoubleClick={(e) => e.stopPropagation()}
    >
      <form
        className="tag-names"
        onSubmit={(e) => {
          e.preventDefault();
          save();
        }}
      >
        <p className="hint">{words.text}</p>
        {TAGS.map(({ id }) => (
          <label key={id}>
            <TagGlyph tag={id} />
            <input
              className="field"
              aria-label={m.tag[id] ?? id}
              placeholder={plain.tag[id] ?? id}
              maxLength={60}
              value={typed.get(id) ?? ""}
              onChange={(e) => setTyped(new Map(typed).set(id, e.currentTarget.value))}
            />
          </label>
        ))}
        <div className="form-actions">
          <button type="submit" className="button primary">
            {m.details.save}
          </button>
        </div>
      </form>
    </Modal>
  );
}
