import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import type { FormEvent } from "react";
import { call } from "../../api/client";
import { fieldFault } from "../../api/problem";
import { configs } from "../../api/queries";
import { useDraft } from "../server/draft";
import { Fault, Field, Page, useMessages } from "../server/parts";
import { OwnerOptions, useOwners } from "./ConfigsPage";
import { OptionFields } from "./OptionFields";
import type { OptionForm } from "./options";
import { faultsOf, formOf, optionsOf } from "./options";
import { Area, Choice } from "./parts";

interface Draft {
  readonly name: string;
  readonly info: string;
  readonly group: number;
  readonly classification: number;
  readonly program: "vidjil" | "import";
  readonly note: string;
  readonly options: OptionForm;
}

const EMPTY: Draft = {
  name: "",
  info: "",
  group: 0,
  classification: 0,
  program: "vidjil",
  note: "",
  options: formOf({}),
};

const isDraft = (v: unknown): v is Draft =>
  typeof v === "object" && v !== null && "options" in v && "name" in v && "classification" in v;

/** The server's word on a field of the options: it speaks of them alone or as a part of the config. */
export const optionFault = (error: unknown) => (path: string) =>
  fieldFault(error, path) || fieldFault(error, `options.${path}`);

export function NewConfigPage() {
  const m = useMessages();
  const words = m.admin.configs;
  const client = useQueryClient();
  const navigate = useNavigate();
  const targets = useOwners("config");
  const headings = useQuery(configs).data?.classifications ?? [];
  const draft = useDraft("config.new", EMPTY, isDraft);
  const form = draft.value;
  const owner = form.group || targets[0] || 0;
  const make = useMutation({
    mutationFn: () =>
      call("post", "/api/v1/configs", {
        body: {
          name: form.name,
          info: form.info,
          group_id: owner,
          program: form.program,
          note: form.note,
          ...(form.classification ? { classification_id: form.classification } : {}),
          options: form.program === "vidjil" ? optionsOf(form.options) : {},
        },
      }),
    onSuccess: async (made) => {
      draft.clear(EMPTY);
      await client.invalidateQueries({ queryKey: ["configs"] });
      await navigate({ to: "/admin/configs/$id", params: { id: String(made.id) } });
    },
  });
  const submit = (e: FormEvent) => {
    e.preventDefault();
    if (faultsOf(form.options).size === 0) make.mutate();
  };
  return (
    <Page title={words.create} kicker={<Link to="/admin/configs">{words.title}</Link>}>
      {targets.length === 0 && <p className="note warn">{words.noGroup}</p>}
      <form onSubmit={submit} className="form">
        <section className="block form">
          <div className="form-row">
            <Field
              label={words.name}
              required
              dir="auto"
              value={form.name}
              fault={fieldFault(make.error, "name")}
              onChange={(e) => draft.change({ ...form, name: e.currentTarget.value })}
            />
            <Choice
              label={words.owner}
              hint={words.ownerHint}
              value={owner}
              onChange={(e) => draft.change({ ...form, group: Number(e.currentTarget.value) })}
            >
              <OwnerOptions of={targets} />
            </Choice>
            <Classification
              value={form.classification}
              headings={headings}
              onChange={(classification) => draft.change({ ...form, classification })}
            />
            <Choice
              label={words.program}
              value={form.program}
              onChange={(e) => draft.change({ ...form, program: e.currentTarget.value as Draft["program"] })}
            >
              {(["vidjil", "import"] as const).map((p) => (
                <option key={p} value={p}>
                  {words.programs[p]}
                </option>
              ))}
            </Choice>
          </div>
          <Area
            label={words.info}
            value={form.info}
            onChange={(e) => draft.change({ ...form, info: e.currentTarget.value })}
          />
        </section>
        {form.program === "vidjil" && (
          <OptionFields
            form={form.options}
            onChange={(options) => draft.change({ ...form, options })}
            fault={optionFault(make.error)}
          />
        )}
        {make.error && <Fault error={make.error} />}
        <div className="form-actions">
          {draft.restored && (
            <button type="button" className="button" onClick={() => draft.clear(EMPTY)}>
              {m.server.create.discard}
            </button>
          )}
          <button
            type="submit"
            className="button primary"
            disabled={make.isPending || owner === 0 || faultsOf(form.options).size > 0}
          >
            {words.create}
          </button>
        </div>
      </form>
    </Page>
  );
}

export function Classification({
  value,
  headings,
  disabled = false,
  onChange,
}: {
  value: number;
  headings: readonly { readonly id: number; readonly name: string }[];
  disabled?: boolean;
  onChange: (id: number) => void;
}) {
  const words = useMessages().admin.configs;
  return (
    <Choice
      label={words.classification}
      value={value}
      disabled={disabled}
      onChange={(e) => onChange(Number(e.currentTarget.value))}
    >
      <option value={0}>{words.noClassification}</option>
      {headings.map((h) => (
        <option key={h.id} value={h.id}>
          {h.name}
        </option>
      ))}
    </Choice>
  );
}
