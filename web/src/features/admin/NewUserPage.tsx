import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import type { FormEvent } from "react";
import { call } from "../../api/client";
import { fieldFault } from "../../api/problem";
import { groups } from "../../api/queries";
import { useDraft } from "../server/draft";
import { Fault, Field, Page, useMessages } from "../server/parts";
import { Check, Choice, CopyBox, LanguageOptions } from "./parts";
import type { Invitation } from "./queries";

interface Form {
  readonly name: string;
  readonly email: string;
  readonly language: "" | "en" | "fr";
  readonly admin: boolean;
  readonly limited: boolean;
  readonly groups: readonly number[];
}

const EMPTY: Form = { name: "", email: "", language: "", admin: false, limited: false, groups: [] };

const isForm = (v: unknown): v is Form =>
  typeof v === "object" && v !== null && "email" in v && "groups" in v && Array.isArray(v.groups);

/** Somebody new: the link by which they choose their password is handed on by whoever invites them. */
export function NewUserPage() {
  const m = useMessages();
  const words = m.admin.users;
  const client = useQueryClient();
  const draft = useDraft<Form>("user.new", EMPTY, isForm);
  const form = draft.value;
  const offered = (useQuery(groups).data?.items ?? []).filter((g) => g.kind === "ordinary");
  const invite = useMutation({
    mutationFn: () => call("post", "/api/v1/users", { body: { ...form, groups: [...form.groups] } }),
    onSuccess: async () => {
      draft.clear(EMPTY);
      await client.invalidateQueries({ queryKey: ["users"] });
      await client.invalidateQueries({ queryKey: ["groups"] });
    },
  });
  const submit = (e: FormEvent) => {
    e.preventDefault();
    invite.mutate();
  };
  const toggle = (id: number) =>
    draft.change({
      ...form,
      groups: form.groups.includes(id) ? form.groups.filter((g) => g !== id) : [...form.groups, id],
    });
  return (
    <Page title={words.create} narrow kicker={<Link to="/admin/users">{words.title}</Link>}>
      {invite.data && <Invited invitation={invite.data} />}
      <form onSubmit={submit} className="form block">
        <div className="form-row">
          <Field
            label={words.name}
            required
            dir="auto"
            value={form.name}
            fault={fieldFault(invite.error, "name")}
            onChange={(e) => draft.change({ ...form, name: e.currentTarget.value })}
          />
          <Field
            label={m.server.signIn.email}
            type="email"
            required
            value={form.email}
            fault={fieldFault(invite.error, "email")}
            onChange={(e) => draft.change({ ...form, email: e.currentTarget.value })}
          />
          <Choice
            label={m.server.account.language}
            value={form.language}
            onChange={(e) => draft.change({ ...form, language: e.currentTarget.value as Form["language"] })}
          >
            <LanguageOptions />
          </Choice>
        </div>
        <fieldset className="checks">
          <legend>{words.groups}</legend>
          {offered.length === 0 && <span className="secondary">{words.noGroups}</span>}
          {offered.map((g) => (
            <label key={g.id}>
              <input type="checkbox" checked={form.groups.includes(g.id)} onChange={() => toggle(g.id)} />{" "}
              <bdi>{g.name}</bdi>
            </label>
          ))}
        </fieldset>
        <Check
          label={words.adminLong}
          hint={words.adminHint}
          checked={form.admin}
          onChange={(admin) => draft.change({ ...form, admin })}
        />
        <Check
          label={words.limitedLong}
          hint={words.limitedHint}
          checked={form.limited}
          onChange={(limited) => draft.change({ ...form, limited })}
        />
        {invite.error && <Fault error={invite.error} />}
        <div className="form-actions">
          <button type="submit" className="button primary" disabled={invite.isPending}>
            {words.invite}
          </button>
        </div>
      </form>
    </Page>
  );
}

export function Invited({ invitation }: { invitation: Invitation }) {
  const words = useMessages().admin.users;
  return (
    <section className="note" role="status">
      <p>
        <strong>{words.invited(invitation.user.name)}</strong> {invitation.sent ? words.sent : words.linkText}
      </p>
      {invitation.link && <CopyBox label={words.link} text={invitation.link} />}
    </section>
  );
}
