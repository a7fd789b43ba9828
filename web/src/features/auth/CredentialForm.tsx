/** The one form of all pages for those who are not signed in: fields, what is wrong with each, one button. */
import type { FormEvent, HTMLInputTypeAttribute, InputHTMLAttributes, ReactNode } from "react";
import { useState } from "react";
import { fieldFault } from "../../api/problem";
import { Fault, Field, useMessages } from "../server/parts";

type Name = "name" | "email" | "password" | "new" | "again" | "code";
export type Credentials = Readonly<Record<Name, string>>;

const EMPTY: Credentials = { name: "", email: "", password: "", new: "", again: "", code: "" };

interface Kind {
  readonly type: HTMLInputTypeAttribute;
  readonly autoComplete: string;
  readonly inputMode?: InputHTMLAttributes<HTMLInputElement>["inputMode"];
  /** As the server calls it. */
  readonly field: string;
}

const KINDS: Readonly<Record<Name, Kind>> = {
  name: { type: "text", autoComplete: "name", field: "name" },
  email: { type: "email", autoComplete: "username", field: "email" },
  password: { type: "password", autoComplete: "current-password", field: "password" },
  new: { type: "password", autoComplete: "new-password", field: "password" },
  again: { type: "password", autoComplete: "new-password", field: "" },
  code: { type: "text", autoComplete: "one-time-code", inputMode: "numeric", field: "code" },
};

interface Props {
  readonly fields: readonly Name[];
  /** The field to begin with, when it is not the first. */
  readonly first?: Name;
  /** The label of the account's field where a name is taken, too. */
  readonly account?: string;
  readonly submit: string;
  readonly pending: boolean;
  readonly error: unknown;
  /** False where the field that the error names says it all. */
  readonly showError?: boolean;
  readonly onSubmit: (form: Credentials) => void;
  readonly children?: ReactNode;
}

export function CredentialForm({
  fields,
  first,
  account,
  submit,
  pending,
  error,
  showError = true,
  onSubmit,
  children,
}: Props) {
  const m = useMessages();
  const [form, setForm] = useState(EMPTY);
  const label: Record<Name, string> = {
    name: m.server.password.name,
    email: account ?? m.server.signIn.email,
    password: m.server.signIn.password,
    new: m.server.password.chosen,
    again: m.server.password.again,
    code: m.server.signIn.code,
  };
  const differ = fields.includes("again") && form.again !== form.new;
  const fault = (name: Name): string => {
    if (name === "again") return differ && form.again !== "" ? m.server.password.differ : "";
    // Nothing is wrong with a code that nobody was asked for before.
    if (name === "code" && form.code === "") return "";
    return fieldFault(error, KINDS[name].field);
  };
  const send = (e: FormEvent) => {
    e.preventDefault();
    if (!differ) onSubmit(form);
  };
  return (
    <form onSubmit={send} className="form">
      {children}
      {fields.map((name, i) => {
        const { field: _, ...kind } = KINDS[name];
        const input = name === "email" && account ? { ...kind, type: "text", autoCapitalize: "none" } : kind;
        return (
          <Field
            key={name}
            name={name}
            label={label[name]}
            required={name !== "code"}
            value={form[name]}
            fault={fault(name)}
            autoFocus={first ? name === first : i === 0}
            onChange={(e) => setForm({ ...form, [name]: e.currentTarget.value })}
            {...input}
          />
        );
      })}
      {error != null && showError && <Fault error={error} />}
      <button type="submit" className="button primary wide" disabled={pending || (differ && form.again !== "")}>
        {submit}
      </button>
    </form>
  );
}
