import { useQuery } from "@tanstack/react-query";
import { fieldFault } from "../../api/problem";
import { whoami } from "../../api/queries";
import { Field, useMessages } from "../server/parts";

/**
 * The password that one has now: changes that could shut somebody out of their account take it once more. Where a
 * provider proves the account there is none to ask for: the sign-in has to be a new one, which the server checks.
 */
export function OwnPassword({
  label,
  value,
  error,
  onChange,
}: {
  /** Where another word than "current" says why it is asked. */
  label?: string;
  value: string;
  /** Of the request that took the password: what is wrong with it stands below the field. */
  error: unknown;
  onChange: (password: string) => void;
}) {
  const m = useMessages();
  const fault = fieldFault(error, "password");
  if (useQuery(whoami).data?.user?.source === "oidc")
    return fault ? (
      <p className="field-fault" role="alert">
        {fault}
      </p>
    ) : (
      <p className="hint">{m.ways.fresh}</p>
    );
  return (
    <Field
      label={label ?? m.server.account.current}
      type="password"
      autoComplete="current-password"
      required
      value={value}
      onChange={(e) => onChange(e.currentTarget.value)}
      fault={fault}
    />
  );
}
