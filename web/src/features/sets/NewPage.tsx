/** One set or many: typed, or pasted from a spreadsheet. Faults stand at their rows; nothing is made unless all is right. */
import { IconX } from "@tabler/icons-react";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import type { ClipboardEvent, FormEvent } from "react";
import { useState } from "react";
import { call } from "../../api/client";
import { ApiError } from "../../api/problem";
import { groups, whoami } from "../../api/queries";
import type { Kind } from "../../api/types";
import { KINDS } from "../../api/types";
import type { ServerMessages } from "../../i18n/server.en";
import { useDraft } from "../server/draft";
import { useGroupName } from "../server/group";
import { listPath } from "../server/live";
import { Fault, Page, useMessages } from "../server/parts";
import type { Field, Row } from "./grid";
import { FIELDS, isBlank, NEEDED, paste, toSend } from "./grid";

const LABELS: Readonly<Record<Field, keyof ServerMessages["create"]>> = {
  first_name: "firstName",
  last_name: "lastName",
  birth: "birth",
  label: "label",
  name: "name",
  run_date: "runDate",
  sequencer: "sequencer",
  pcr: "pcr",
  info: "info",
};

const isRows = (v: unknown): v is readonly Row[] =>
  Array.isArray(v) && v.length > 0 && v.every((row) => typeof row === "object" && row !== null);

export function NewPage() {
  const { kind } = useSearch({ from: "/in/new" });
  return <NewSets key={kind} kind={kind} />;
}

function NewSets({ kind }: { kind: Kind }) {
  const m = useMessages();
  const words = m.server.create;
  const navigate = useNavigate();
  const client = useQueryClient();
  const draft = useDraft<readonly Row[]>(`new.${kind}`, [{}], isRows);
  const [group, setGroup] = useState(0);
  const [pasted, setPasted] = useState(0);
  const who = useQuery(whoami).data;
  const { sets, places } = toSend(kind, group || (who?.targets.set?.[0] ?? 0), draft.value);
  const make = useMutation({
    mutationFn: () => call("post", "/api/v1/sets", { body: { rows: sets } }),
    onSuccess: async ({ items }) => {
      draft.clear([{}]);
      await client.invalidateQueries({ queryKey: ["sets"] });
      const [only] = items;
      if (items.length === 1 && only) await navigate({ to: "/sets/$id", params: { id: String(only.id) } });
      else await navigate({ to: listPath(kind) });
    },
  });
  const fault = (row: number, field: string) =>
    make.error instanceof ApiError ? make.error.field(`rows[${places.indexOf(row)}].${field}`) : "";
  const submit = (e: FormEvent) => {
    e.preventDefault();
    if (sets.length > 0) make.mutate();
  };
  const onPaste = (row: number, field: Field) => (e: ClipboardEvent) => {
    const result = paste(kind, draft.value, row, field, e.clipboardData.getData("text/plain"));
    if (!result) return;
    e.preventDefault();
    draft.change(result.rows);
    setPasted(result.count);
  };
  const change = (at: number, field: Field, value: string) =>
    draft.change(draft.value.map((row, i) => (i === at ? { ...row, [field]: value } : row)));
  return (
    <Page title={words.title[kind] ?? ""}>
      <form onSubmit={submit} className="new-sets">
        <div className="toolbar">
          <KindChoice kind={kind} onChange={(next) => void navigate({ to: "/new", search: { kind: next } })} />
          <GroupChoice value={group} onChange={setGroup} />
        </div>
        <p className="secondary">{words.paste}</p>
        {draft.restored && !draft.value.every(isBlank) && (
          <p className="note">
            {words.draft}{" "}
            <button type="button" className="quiet" onClick={() => draft.clear([{}])}>
              {words.discard}
            </button>
          </p>
        )}
        <table className="table grid-table">
          <thead>
            <tr>
              <th className="right">#</th>
              {FIELDS[kind].map((field) => (
                <th key={field}>
                  {words[LABELS[field]] as string}{" "}
                  {NEEDED.includes(field) && <span className="secondary">({m.server.common.required})</span>}
                </th>
              ))}
              <th />
            </tr>
          </thead>
          <tbody>
            {draft.value.map((row, i) => (
              <GridRow
                // biome-ignore lint/suspicious/noArrayIndexKey: rows are their places, and keep nothing of their own
                key={i}
                kind={kind}
                row={row}
                at={i}
                fault={fault}
                onChange={change}
                onPaste={onPaste}
                onRemove={draft.value.length > 1 ? () => draft.change(draft.value.filter((_, j) => j !== i)) : null}
              />
            ))}
          </tbody>
        </table>
        <div className="form-actions">
          <button type="button" className="button" onClick={() => draft.change([...draft.value, {}])}>
            {words.addRow}
          </button>
          <span className="spring" />
          {pasted > 0 && (
            <span role="status" className="secondary">
              {words.pasted(pasted)}
            </span>
          )}
          <button type="submit" className="button primary" disabled={make.isPending || sets.length === 0}>
            {words.submit(Math.max(1, sets.length))}
          </button>
        </div>
        {make.error && <Fault error={make.error} />}
      </form>
    </Page>
  );
}

function KindChoice({ kind, onChange }: { kind: Kind; onChange: (kind: Kind) => void }) {
  const m = useMessages();
  return (
    <fieldset className="segmented" aria-label={m.server.create.kind}>
      {KINDS.map((each) => (
        <button key={each} type="button" className="quiet" aria-pressed={each === kind} onClick={() => onChange(each)}>
          {m.server.sets.one[each]}
        </button>
      ))}
    </fieldset>
  );
}

function GroupChoice({ value, onChange }: { value: number; onChange: (id: number) => void }) {
  const m = useMessages();
  const who = useQuery(whoami).data;
  const known = useQuery(groups).data;
  const name = useGroupName();
  const targets = who?.targets.set ?? [];
  if (targets.length === 0) return <p className="note">{m.server.create.noGroup}</p>;
  const all = [...(known?.items ?? []), ...(who?.groups ?? [])];
  return (
    <label className="choice">
      {m.server.create.group}
      <select
        className="select framed"
        value={value || targets[0]}
        onChange={(e) => onChange(Number(e.currentTarget.value))}
      >
        {targets.map((id) => (
          <option key={id} value={id}>
            {name(all.find((g) => g.id === id) ?? { id, name: `#${id}` })}
          </option>
        ))}
      </select>
    </label>
  );
}

interface RowProps {
  readonly kind: Kind;
  readonly row: Row;
  readonly at: number;
  readonly onRemove: (() => void) | null;
  fault(row: number, field: string): string;
  onChange(at: number, field: Field, value: string): void;
  onPaste(at: number, field: Field): (e: ClipboardEvent) => void;
}

function GridRow({ kind, row, at, fault, onChange, onPaste, onRemove }: RowProps) {
  const m = useMessages();
  const words = m.server.create;
  return (
    <tr>
      <td className="right secondary num">{at + 1}</td>
      {FIELDS[kind].map((field) => {
        const wrong = fault(at, field);
        const id = `r${at}-${field}`;
        return (
          <td key={field}>
            <input
              className="field"
              dir="auto"
              value={row[field] ?? ""}
              placeholder={field === "birth" || field === "run_date" ? words.dateHint : ""}
              aria-label={`${words.row(at + 1)}, ${words[LABELS[field]] as string}`}
              aria-invalid={wrong ? true : undefined}
              aria-describedby={wrong ? id : undefined}
              autoComplete="off"
              onChange={(e) => onChange(at, field, e.currentTarget.value)}
              onPaste={onPaste(at, field)}
            />
            {wrong && (
              <span id={id} className="field-fault" role="alert">
                {wrong}
              </span>
            )}
          </td>
        );
      })}
      <td>
        {onRemove && (
          <button type="button" className="quiet icon" aria-label={words.removeRow(at + 1)} onClick={onRemove}>
            <IconX size={14} />
          </button>
        )}
      </td>
    </tr>
  );
}
