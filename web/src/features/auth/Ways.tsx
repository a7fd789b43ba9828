/** Ways to sign in besides a password of this server. */
import { useMutation } from "@tanstack/react-query";
import { call, link } from "../../api/client";
import { ApiError } from "../../api/problem";
import type { components } from "../../api/schema";
import { useMessages } from "../server/parts";
import { CredentialForm } from "./CredentialForm";

type Provider = components["schemas"]["SignInProvider"];
type Whoami = components["schemas"]["Whoami"];

/** A button for each provider. They leave the page: the browser comes back signed in. */
export function Providers({
  items,
  directory,
  next,
}: {
  readonly items: readonly Provider[];
  readonly directory: boolean;
  readonly next: string | undefined;
}) {
  const words = useMessages().directory;
  if (items.length === 0) return null;
  return (
    <div className="ways">
      {items.map((p) => (
        <a
          key={p.id}
          className="button wide"
          href={link("/api/v1/session/providers/{id}/begin", { path: { id: p.id }, query: next ? { next } : {} })}
        >
          {words.with(p.name)}
        </a>
      ))}
      <p className="ways-or">{directory ? words.orDirectory : words.or}</p>
    </div>
  );
}

/** The code of the second factor, after a provider has proven who it is. */
export function Confirm({ onEnter }: { readonly onEnter: (who: Whoami) => void }) {
  const m = useMessages();
  const enter = useMutation({
    mutationFn: (code: string) => call("post", "/api/v1/session/confirm", { body: { code: code.trim() } }),
    onSuccess: onEnter,
  });
  const named = enter.error instanceof ApiError && enter.error.fields.includes("code");
  return (
    <CredentialForm
      fields={["code"]}
      submit={m.directory.confirm}
      pending={enter.isPending}
      error={enter.error}
      showError={!named}
      onSubmit={(form) => enter.mutate(form.code)}
    >
      <p>{m.directory.confirmText}</p>
    </CredentialForm>
  );
}

/** Why a sign-in with a provider came to nothing. */
export function Failed({ reason }: { readonly reason: string }) {
  const { failed } = useMessages().directory;
  const text = reason in failed ? failed[reason as keyof typeof failed] : failed.other;
  return (
    <p className="note warn" role="alert">
      {text}
    </p>
  );
}
