/** Pages that a link opens: the first administrator, an invitation, a forgotten password. */
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { call } from "../../api/client";
import { whoami } from "../../api/queries";
import { useMessages } from "../server/parts";
import { Card } from "./Card";
import type { Credentials } from "./CredentialForm";
import { CredentialForm } from "./CredentialForm";

/** The token stands behind the #, which browsers do not send and servers do not log. */
const tokenOf = () => decodeURIComponent(location.hash.replace(/^#/, ""));

export function Setup() {
  const m = useMessages();
  const words = m.server.password;
  const navigate = useNavigate();
  const client = useQueryClient();
  const [token] = useState(tokenOf);
  const make = useMutation({
    mutationFn: ({ name, email, new: password }: Credentials) =>
      call("post", "/api/v1/setup", { body: { token, name, email, password } }),
    onSuccess: async (who) => {
      client.clear();
      client.setQueryData(whoami.queryKey, who);
      await navigate({ to: "/patients" });
    },
  });
  return (
    <Card title={words.setupTitle}>
      {token === "" ? (
        <p className="note">{words.noToken}</p>
      ) : (
        <CredentialForm
          fields={["name", "email", "new", "again"]}
          submit={words.setupTitle}
          pending={make.isPending}
          error={make.error}
          onSubmit={(form) => make.mutate(form)}
        >
          <p className="note">{words.setupText}</p>
        </CredentialForm>
      )}
    </Card>
  );
}

export const Welcome = () => <Choose welcome />;
export const Reset = () => <Choose welcome={false} />;

function Choose({ welcome }: { welcome: boolean }) {
  const m = useMessages();
  const words = m.server.password;
  const [token] = useState(tokenOf);
  const choose = useMutation({
    mutationFn: ({ new: password }: Credentials) =>
      call("post", "/api/v1/password/reset", { body: { token, password } }),
  });
  const title = welcome ? words.welcomeTitle : words.resetTitle;
  const over = token === "" || choose.isSuccess;
  return (
    <Card title={title}>
      {over ? (
        <p className="note" role="status">
          {choose.isSuccess ? words.done : words.noToken}
        </p>
      ) : (
        <CredentialForm
          fields={["new", "again"]}
          submit={words.submit}
          pending={choose.isPending}
          error={choose.error}
          onSubmit={(form) => choose.mutate(form)}
        >
          {welcome && <p className="note">{words.welcomeText}</p>}
        </CredentialForm>
      )}
      {over && <ToSignIn />}
    </Card>
  );
}

export function Forgot() {
  const m = useMessages();
  const words = m.server.password;
  const ask = useMutation({
    mutationFn: ({ email }: Credentials) => call("post", "/api/v1/password/forgot", { body: { email } }),
  });
  return (
    <Card title={words.forgotTitle}>
      <CredentialForm
        fields={["email"]}
        submit={words.send}
        pending={ask.isPending}
        error={ask.error}
        onSubmit={(form) => ask.mutate(form)}
      >
        <p className="note" role="status">
          {ask.isSuccess ? words.forgotSent : words.forgotText}
        </p>
      </CredentialForm>
      <ToSignIn />
    </Card>
  );
}

function ToSignIn() {
  const m = useMessages();
  return (
    <p className="card-links">
      <Link to="/sign-in" search={{}}>
        {m.server.signIn.title}
      </Link>
    </p>
  );
}
