/** Accounts at providers that open one's own: which there are, one more, one less. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useSearch } from "@tanstack/react-router";
import type { FormEvent } from "react";
import { useState } from "react";
import { call } from "../../api/client";
import { fieldFault } from "../../api/problem";
import { signInWays } from "../../api/queries";
import type { components } from "../../api/schema";
import { dayText } from "../server/format";
import { Fault, Loading, useMessages } from "../server/parts";
import { OwnPassword } from "./OwnPassword";
import type { Identity } from "./queries";
import { identities } from "./queries";

type Provider = components["schemas"]["SignInProvider"];

export function Ways({ local }: { readonly local: boolean }) {
  const words = useMessages().ways;
  const list = useQuery(identities);
  const offered = useQuery(signInWays).data?.items ?? [];
  const [open, setOpen] = useState<string | null>(null);
  const have = list.data?.items ?? [];
  const free = offered.filter((p) => !have.some((i) => i.provider === p.id));
  // A server without providers has nothing to say here.
  if (have.length + offered.length === 0 && !list.error) return null;
  return (
    <section className="block" aria-label={words.title}>
      <h2>{words.title}</h2>
      <p className="secondary">{local ? words.text : words.textOther}</p>
      <Came providers={offered} />
      {list.error && <Fault error={list.error} retry={() => void list.refetch()} />}
      {list.isPending && <Loading />}
      {have.length > 0 && (
        <ul className="plain">
          {have.map((i) => (
            <Have
              key={i.id}
              identity={i}
              open={open === `have ${i.id}`}
              onOpen={(on) => setOpen(on ? `have ${i.id}` : null)}
            />
          ))}
        </ul>
      )}
      {list.data &&
        free.map((p) =>
          open === p.id ? (
            <Link key={p.id} provider={p} onClose={() => setOpen(null)} />
          ) : (
            <button key={p.id} type="button" className="button" onClick={() => setOpen(p.id)}>
              {words.link(p.name)}
            </button>
          ),
        )}
    </section>
  );
}

/** What came of going to a provider; the address says it. */
function Came({ providers }: { readonly providers: readonly Provider[] }) {
  const words = useMessages().ways;
  const { linked, not_linked: reason } = useSearch({ from: "/in/account" });
  const name = providers.find((p) => p.id === linked)?.name;
  if (reason) {
    const text = reason in words.notLinked ? words.notLinked[reason as keyof typeof words.notLinked] : null;
    return (
      <p className="note warn" role="alert">
        {text ?? words.notLinked.other}
      </p>
    );
  }
  return (
    <p role="status" className={name ? "state done" : ""}>
      {name ? `● ${words.linked(name)}` : ""}
    </p>
  );
}

function Have({
  identity: it,
  open,
  onOpen,
}: {
  readonly identity: Identity;
  readonly open: boolean;
  readonly onOpen: (open: boolean) => void;
}) {
  const m = useMessages();
  const words = m.ways;
  const name = it.name ?? (it.linked ? words.unknown : words.directory);
  return (
    <li>
      <div className="form inline">
        <span>
          <strong>{name}</strong>
          {it.label && (
            <>
              {" "}
              <bdi className="secondary">{it.label}</bdi>
            </>
          )}{" "}
          <span className="secondary small">
            {it.linked ? words.since(dayText(it.created_at.slice(0, 10), m.locale)) : words.proves}
          </span>
        </span>
        {it.linked && !open && (
          <button type="button" className="quiet" aria-label={words.unlinkOf(name)} onClick={() => onOpen(true)}>
            {words.unlink}
          </button>
        )}
      </div>
      {open && <Unlink identity={it} name={name} onClose={() => onOpen(false)} />}
    </li>
  );
}

function Unlink({
  identity,
  name,
  onClose,
}: {
  readonly identity: Identity;
  readonly name: string;
  readonly onClose: () => void;
}) {
  const words = useMessages().ways;
  const client = useQueryClient();
  const unlink = useMutation({
    mutationFn: (password: string) =>
      call("post", "/api/v1/me/identities/{id}/unlink", { path: { id: identity.id }, body: { password } }),
    onSuccess: async () => {
      onClose();
      // Groups, and sessions elsewhere, may have gone with it.
      await client.invalidateQueries({ queryKey: ["me"] });
      await client.invalidateQueries({ queryKey: ["whoami"] });
    },
  });
  return (
    <Proven
      text={words.unlinkText(name)}
      action={words.unlink}
      danger
      pending={unlink.isPending}
      error={unlink.error}
      onYes={(password) => unlink.mutate(password)}
      onNo={onClose}
    />
  );
}

function Link({ provider, onClose }: { readonly provider: Provider; readonly onClose: () => void }) {
  const words = useMessages().ways;
  const link = useMutation({
    mutationFn: (password: string) =>
      call("post", "/api/v1/me/identities", { body: { provider: provider.id, password } }),
    // The browser leaves the page, and comes back to it.
    onSuccess: ({ url }) => window.location.assign(url),
  });
  return (
    <Proven
      text={words.linkText(provider.name)}
      action={words.go}
      pending={link.isPending || link.isSuccess}
      error={link.error}
      onYes={(password) => link.mutate(password)}
      onNo={onClose}
    />
  );
}

/** Something that takes the password once more. */
function Proven({
  text,
  action,
  danger = false,
  pending,
  error,
  onYes,
  onNo,
}: {
  readonly text: string;
  readonly action: string;
  readonly danger?: boolean;
  readonly pending: boolean;
  readonly error: Error | null;
  readonly onYes: (password: string) => void;
  readonly onNo: () => void;
}) {
  const words = useMessages().ways;
  const [password, setPassword] = useState("");
  const submit = (e: FormEvent) => {
    e.preventDefault();
    onYes(password);
  };
  return (
    <form onSubmit={submit}>
      <p>{text}</p>
      <div className="form inline">
        <OwnPassword label={words.password} value={password} error={error} onChange={setPassword} />
        <button type="submit" className={danger ? "button danger" : "button primary"} disabled={pending}>
          {action}
        </button>
        <button type="button" className="button" onClick={onNo}>
          {words.cancel}
        </button>
      </div>
      {error && !fieldFault(error, "password") && <Fault error={error} />}
    </form>
  );
}
