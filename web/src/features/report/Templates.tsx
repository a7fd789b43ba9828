/** Which template a report follows: those that come with the client, one's own, and files of them. */

import { IconDots, IconX } from "@tabler/icons-react";
import { useRef, useState } from "react";
import { BUILT_IN, parsePlan, TEMPLATES, writePlan } from "../../core/reportPlan";
import { download, fileName } from "../../ui/download";
import { Menu } from "../../ui/Menu";
import { Dialog, Field, useMessages } from "../server/parts";
import type { Draft } from "./draft";
import { isTemplate } from "./draft";
import { dropTemplate, keepTemplate, ownTemplates } from "./ownTemplates";

interface Props {
  readonly draft: Draft;
  onChange(draft: Draft): void;
}

export function Templates({ draft, onChange }: Props) {
  const m = useMessages();
  const words = m.report.template;
  const [own, setOwn] = useState(ownTemplates);
  const [naming, setNaming] = useState(false);
  const [fault, setFault] = useState("");
  const input = useRef<HTMLInputElement>(null);
  const name = isTemplate(draft.template) ? words[draft.template] : draft.template;

  const take = (id: string) => {
    const plan = isTemplate(id) ? BUILT_IN[id] : own.find((each) => each.name === id)?.plan;
    if (plan) onChange({ ...draft, template: id, changed: false, plan });
  };
  const open = async (file: File) => {
    const plan = parsePlan(await file.text());
    setFault(plan ? "" : words.notOne);
    if (plan) onChange({ ...draft, template: file.name.replace(/\.json$/, ""), changed: false, plan });
  };
  return (
    <div className="choice-line">
      <label htmlFor="template">{words.label}</label>
      <select id="template" className="field" value={draft.template} onChange={(e) => take(e.currentTarget.value)}>
        {TEMPLATES.map((id) => (
          <option key={id} value={id}>
            {words[id]}
          </option>
        ))}
        {own.length > 0 && (
          <optgroup label={words.own}>
            {own.map((each) => (
              <option key={each.name} value={each.name}>
                {each.name}
              </option>
            ))}
          </optgroup>
        )}
        {!isTemplate(draft.template) && !own.some((each) => each.name === draft.template) && (
          <option value={draft.template}>{draft.template}</option>
        )}
      </select>
      {draft.changed && <span className="secondary">{words.changed}</span>}
      <Menu
        position="bottom-end"
        target={
          <button type="button" className="quiet icon" aria-label={words.own}>
            <IconDots size={16} stroke={1.6} />
          </button>
        }
      >
        <Menu.Item onClick={() => setNaming(true)}>{words.save}</Menu.Item>
        <Menu.Item onClick={() => download(`${fileName(name)}.json`, writePlan(draft.plan), "application/json")}>
          {words.toFile}
        </Menu.Item>
        <Menu.Item onClick={() => input.current?.click()}>{words.fromFile}</Menu.Item>
        {own.length > 0 && <Menu.Divider />}
        {own.map((each) => (
          <Menu.Item
            key={each.name}
            leftSection={<IconX size={14} stroke={1.6} />}
            onClick={() => {
              dropTemplate(each.name);
              setOwn(ownTemplates());
            }}
          >
            {words.remove(each.name)}
          </Menu.Item>
        ))}
      </Menu>
      <input
        ref={input}
        type="file"
        accept=".json,application/json"
        hidden
        data-testid="template-file"
        onChange={(e) => {
          const file = e.currentTarget.files?.[0];
          e.currentTarget.value = "";
          if (file) void open(file);
        }}
      />
      {fault && (
        <p className="field-fault" role="alert">
          {fault}
        </p>
      )}
      {naming && (
        <SaveTemplate
          suggested={isTemplate(draft.template) ? "" : draft.template}
          onClose={() => setNaming(false)}
          onSave={(as) => {
            if (!keepTemplate(as, draft.plan)) return false;
            setOwn(ownTemplates());
            onChange({ ...draft, template: as, changed: false });
            return true;
          }}
        />
      )}
    </div>
  );
}

function SaveTemplate({
  suggested,
  onClose,
  onSave,
}: {
  suggested: string;
  onClose: () => void;
  onSave: (name: string) => boolean;
}) {
  const m = useMessages();
  const words = m.report.template;
  const [name, setName] = useState(suggested);
  const [full, setFull] = useState(false);
  return (
    <Dialog opened onClose={onClose} title={words.save}>
      <form
        onSubmit={(e) => {
          e.preventDefault();
          if (name.trim() === "" || isTemplate(name.trim())) return;
          if (onSave(name.trim())) onClose();
          else setFull(true);
        }}
      >
        <Field
          label={words.saveName}
          value={name}
          maxLength={80}
          required
          data-autofocus
          hint={words.hint}
          {...(full ? { fault: words.noRoom } : {})}
          onChange={(e) => setName(e.currentTarget.value)}
        />
        <div className="form-actions">
          <button type="button" className="button" onClick={onClose}>
            {m.server.common.cancel}
          </button>
          <button type="submit" className="button primary">
            {words.saveAction}
          </button>
        </div>
      </form>
    </Dialog>
  );
}
