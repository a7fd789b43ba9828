import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useRouter, useSearch } from "@tanstack/react-router";
import { useState } from "react";
import { call } from "../../api/client";
import { ApiError } from "../../api/problem";
import { notifications, signInWays, whoami } from "../../api/queries";
import type { components } from "../../api/schema";
import { messages } from "../../i18n";
import { setLocale } from "../../ui/preferences";
import { useMessages } from "../server/parts";
import { Card } from "./Card";
import type { Credentials } from "./CredentialForm";
import { CredentialForm } from "./CredentialForm";
import { Confirm, Failed, Providers } from "./Ways";

const asksForCode = (error: unknown): boolean => error instanceof ApiError && error.fields.includes("code");

/** Sign-in. The code of the second factor is asked for once the server wants it. */
export function SignIn() {
  const m = useMessages();
  const words = m.server.signIn;
  const { next, failed, confirm } = useSearch({ from: "/sign-in" });
  const router = useRouter();
  const client = useQueryClient();
  const who = useQuery(whoami).data;
  const ways = useQuery(signInWays).data;
  const notices = useQuery(notifications).data?.items.filter((n) => n.place === "login") ?? [];
  const [wantsCode, setWantsCode] = useState(false);
  const entered = (answer: components["schemas"]["Whoami"]) => {
    client.clear();
    client.setQueryData(whoami.queryKey, answer);
    const language = answer.user?.language;
    if (language && language !== messages.peek().locale) setLocale(language);
    router.history.push(next ?? "/patients");
  };
  const enter = useMutation({
    mutationFn: ({ email, password, code }: Credentials) =>
      call("post", "/api/v1/session", { body: { email, password, ...(code ? { code: code.trim() } : {}) } }),
    onError: (error) => {
      if (asksForCode(error)) setWantsCode(true);
    },
    onSuccess: entered,
  });
  if (confirm && !failed)
    return (
      <Card title={m.directory.confirmTitle}>
        <Confirm onEnter={entered} />
        <p className="card-links">
          <Link to="/sign-in" search={next ? { next } : {}}>
            {words.title}
          </Link>
        </p>
      </Card>
    );
  return (
    <Card title={words.title}>
      {notices.map((n) => (
        <p key={n.id} className={`note ${n.priority}`}>
          <strong>{n.title}</strong> {n.body}
        </p>
      ))}
      {who?.setup_needed && <p className="note">{words.setupNeeded}</p>}
      {failed && !enter.error && <Failed reason={failed} />}
      {next && !failed && !enter.error && <p className="note">{words.ended}</p>}
      {ways && <Providers items={ways.items} directory={ways.directory} next={next} />}
      <CredentialForm
        {...(ways?.directory ? { account: m.directory.name } : {})}
        fields={wantsCode ? ["email", "password", "code"] : ["email", "password"]}
        {...(wantsCode ? { first: "code" } : {})}
        submit={words.submit}
        pending={enter.isPending}
        error={enter.error}
        showError={!asksForCode(enter.error)}
        onSubmit={(form) => enter.mutate(form)}
      />
      <p className="card-links">
        <Link to="/forgot">{words.forgot}</Link>
        <Link to="/open">{words.local}</Link>
        {who?.site.public_analysis && <Link to="/analyze">{m.server.site.analyze}</Link>}
      </p>
    </Card>
  );
}
