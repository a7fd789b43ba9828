/** What the server sends: what waits, what went, what was given up. */
import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { call } from "../../api/client";
import { MAIL_STATES } from "../../api/types";
import { timeText } from "../server/format";
import { Empty, Fault, Loading, More, Page, useMessages } from "../server/parts";
import { Mark } from "./parts";
import type { Mail } from "./queries";
import { mails, people } from "./queries";

const HOW = { queued: "warning", sent: "ok", dead: "error" } as const;

export function MailsPage() {
  const m = useMessages();
  const words = m.people.outbox;
  const client = useQueryClient();
  const { state } = useSearch({ from: "/in/admin/mails" });
  const list = useInfiniteQuery(mails(state));
  const first = list.data?.pages[0];
  const rows = list.data?.pages.flatMap((p) => p.items) ?? [];
  const send = useMutation({
    mutationFn: () => call("post", "/api/v1/mails/test"),
    onSettled: () => client.invalidateQueries({ queryKey: ["mails"] }),
  });
  return (
    <Page
      title={words.title}
      ready={!list.isPending}
      actions={
        <button type="button" className="button" disabled={send.isPending} onClick={() => send.mutate()}>
          {words.test}
        </button>
      }
    >
      <p className="secondary">{words.text}</p>
      {first && !first.server && <p className="note warn">{words.noServer}</p>}
      {first && first.dead > 0 && <p className="note warn">{words.dead(first.dead)}</p>}
      <p role="status" className="small">
        {send.isSuccess ? words.testSent : ""}
      </p>
      {(send.error ?? list.error) && <Fault error={send.error ?? list.error} retry={() => void list.refetch()} />}
      <States chosen={state} />
      {list.isPending && <Loading />}
      {list.data && rows.length === 0 && <Empty title={words.empty} />}
      {rows.length > 0 && (
        <table className="table">
          <thead>
            <tr>
              <th className="right">#</th>
              <th>{words.what}</th>
              <th>{words.to}</th>
              <th>{words.filter}</th>
              <th className="right">{words.attempts}</th>
              <th className="right">{words.made}</th>
              <th />
            </tr>
          </thead>
          <tbody>
            {rows.map((mail) => (
              <Row key={mail.id} mail={mail} />
            ))}
          </tbody>
        </table>
      )}
      <More of={list} />
    </Page>
  );
}

function States({ chosen }: { chosen: Mail["state"] | undefined }) {
  const words = useMessages().people.outbox;
  const navigate = useNavigate();
  return (
    <div className="toolbar">
      <fieldset className="segmented">
        <legend className="visually-hidden">{words.filter}</legend>
        {([undefined, ...MAIL_STATES] as const).map((s) => (
          <button
            key={s ?? ""}
            type="button"
            className="quiet"
            aria-pressed={s === chosen}
            onClick={() => void navigate({ to: "/admin/mails", search: s ? { state: s } : {}, replace: true })}
          >
            {s ? words.states[s] : words.all}
          </button>
        ))}
      </fieldset>
    </div>
  );
}

function Row({ mail }: { mail: Mail }) {
  const m = useMessages();
  const words = m.people.outbox;
  const client = useQueryClient();
  const known = useQuery(people).data?.items.find((u) => u.id === mail.user_id);
  const act = useMutation({
    mutationFn: async (what: "retry" | "remove"): Promise<void> => {
      const path = { id: mail.id };
      if (what === "retry") await call("post", "/api/v1/mails/{id}/retry", { path });
      else await call("delete", "/api/v1/mails/{id}", { path });
    },
    onSettled: () => client.invalidateQueries({ queryKey: ["mails"] }),
  });
  return (
    <tr>
      <td className="right num secondary">{mail.id}</td>
      <td className="nowrap">{words.kind[mail.kind] ?? mail.kind}</td>
      <td>
        {mail.user_id ? (
          <Link to="/admin/users/$id" params={{ id: String(mail.user_id) }} className="row-link">
            <bdi>{known?.name ?? `#${mail.user_id}`}</bdi>
          </Link>
        ) : (
          <span className="secondary">{words.admins}</span>
        )}
      </td>
      <td>
        <Mark how={HOW[mail.state]}>
          {words.states[mail.state]}
          {mail.due_at && mail.attempts > 0 && (
            <span className="secondary small"> · {words.due(timeText(mail.due_at, m.locale))}</span>
          )}
        </Mark>
        {mail.error && <div className="field-fault small wrap">{mail.error}</div>}
        {act.error && <Fault error={act.error} />}
      </td>
      <td className="right num">{mail.attempts}</td>
      <td className="right nowrap num secondary">{timeText(mail.sent_at ?? mail.created_at, m.locale)}</td>
      <td className="right nowrap">
        {mail.retryable && (
          <button
            type="button"
            className="quiet"
            aria-label={words.retryOf(mail.id)}
            disabled={act.isPending}
            onClick={() => act.mutate("retry")}
          >
            {words.retry}
          </button>
        )}
        {mail.state === "dead" && (
          <button
            type="button"
            className="quiet"
            aria-label={words.removeOf(mail.id)}
            disabled={act.isPending}
            onClick={() => act.mutate("remove")}
          >
            {words.remove}
          </button>
        )}
      </td>
    </tr>
  );
}
