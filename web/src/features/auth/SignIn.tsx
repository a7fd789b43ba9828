import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useRouter, useSearch } from "@tanstack/react-router";
import { useState } from "react";
import { call } from "../../api/client";
import { ApiError } from "../../api/problem";
import { notifications, whoami } from "../../api/queries";
import { messages } from "../../i18n";
import { setLocale } from "../../ui/preferences";
import { useMessages } from "../server/parts";
import { Card } from "./Card";
import type { Credentials } from "./CredentialForm";
import { CredentialForm } from "./CredentialForm";

const asksForCode = (error: unknown): boolean => error instanceof ApiError && error.fields.includes("code");

/** Sign-in. The code of the second factor is asked for once the server wants it. */
export function SignIn() {
  const m = useMessages();
  const words = m.server.signIn;
  const { next } = useSearch({ from: "/sign-in" });
  const router = useRouter();
  const client = useQueryClient();
  const who = useQuery(whoami).data;
  const notices = useQuery(notifications).data?.items.filter((n) => n.place === "login") ?? [];
  const [wantsCode, setWantsCode] = useState(false);
  const enter = useMutation({
    mutationFn: ({ email, password, code }: Credentials) =>
      call("post", "/api/v1/session", { body: { email, password, ...(code ? { code: code.trim() } : {}) } }),
    onError: (error) => {
      if (asksForCode(error)) setWantsCode(true);
    },
    onSuccess: (answer) => {
      client.clear();
      client.setQueryData(whoami.queryKey, answer);
      const language = answer.user?.language;
      if (language && language !== messages.peek().locale) setLocale(language);
      router.history.push(next ?? "/patients");
    },
  });
  return (
    <Card title={words.title}>
      {notices.map((n) => (
        <p key={n.id} className={`note ${n.priority}`}>
          <strong>{n.title}</strong> {n.body}
        </p>
      ))}
      {who?.setup_needed && <p className="note">{words.setupNeeded}</p>}
      {next && !enter.error && <p className="note">{words.ended}</p>}
      <CredentialForm
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
      </p>
    </Card>
  );
}
