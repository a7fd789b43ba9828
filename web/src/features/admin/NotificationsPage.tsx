import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import type { FormEvent } from "react";
import { useState } from "react";
import { call } from "../../api/client";
import { fieldFault } from "../../api/problem";
import type { Notification } from "../../api/types";
import { dayText, timeText } from "../server/format";
import { Ask, Dialog, Empty, Fault, Field, Loading, Page, useMessages } from "../server/parts";
import { Area, Choice } from "./parts";
import { allNotifications } from "./queries";

/** Messages of the administrators to everybody. */
export function NotificationsPage() {
  const m = useMessages();
  const words = m.admin.notifications;
  const { edit } = useSearch({ from: "/in/admin/notifications" });
  const navigate = useNavigate();
  const client = useQueryClient();
  const list = useQuery(allNotifications);
  const rows = list.data?.items ?? [];
  const go = (id?: number) =>
    void navigate({ to: "/admin/notifications", search: id === undefined ? {} : { edit: id }, replace: true });
  const remove = async (id: number) => {
    await call("delete", "/api/v1/notifications/{id}", { path: { id } });
    await client.invalidateQueries({ queryKey: ["notifications"] });
  };
  const chosen = rows.find((n) => n.id === edit);
  return (
    <Page
      title={words.title}
      ready={!list.isPending}
      actions={
        <button type="button" className="button primary" onClick={() => go(0)}>
          {words.create}
        </button>
      }
    >
      <p className="secondary">{words.text}</p>
      {list.error && <Fault error={list.error} retry={() => void list.refetch()} />}
      {list.isPending && <Loading />}
      {list.data && rows.length === 0 && <Empty title={words.empty} text={words.emptyText} />}
      {rows.length > 0 && (
        <table className="table">
          <thead>
            <tr>
              <th>{words.titleField}</th>
              <th>{words.body}</th>
              <th>{words.place}</th>
              <th>{words.priority}</th>
              <th>{words.expires}</th>
              <th className="right">{words.changed}</th>
              <th />
            </tr>
          </thead>
          <tbody>
            {rows.map((n) => (
              <tr key={n.id} className={isOver(n) ? "closed" : ""}>
                <td>
                  <button type="button" className="row-button" onClick={() => go(n.id)}>
                    <bdi>{n.title}</bdi>
                  </button>
                </td>
                <td className="clip secondary">{n.body}</td>
                <td>{words.places[n.place]}</td>
                <td>
                  <span className={n.priority === "urgent" ? "state failed" : "state"}>
                    <span aria-hidden>{n.priority === "urgent" ? "▲" : "●"}</span> {words.priorities[n.priority]}
                  </span>
                </td>
                <td className="nowrap">
                  {n.expires ? dayText(n.expires, m.locale) : words.forEver}
                  {isOver(n) && <span className="secondary"> · {words.over}</span>}
                </td>
                <td className="right nowrap num secondary">{timeText(n.changed_at, m.locale)}</td>
                <td className="right">
                  <Ask
                    question={`${m.server.common.remove}: ${n.title}`}
                    action={m.server.common.remove}
                    onYes={() => remove(n.id)}
                  >
                    {m.server.common.remove}
                  </Ask>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {edit === 0 && <Edit onClose={() => go()} />}
      {chosen && <Edit key={chosen.id} of={chosen} onClose={() => go()} />}
    </Page>
  );
}

const isOver = (n: Notification): boolean => !!n.expires && n.expires < new Date().toISOString().slice(0, 10);

function Edit({ of: it, onClose }: { of?: Notification; onClose: () => void }) {
  const m = useMessages();
  const words = m.admin.notifications;
  const client = useQueryClient();
  const [form, setForm] = useState({
    title: it?.title ?? "",
    body: it?.body ?? "",
    place: it?.place ?? ("header" as Notification["place"]),
    priority: it?.priority ?? ("info" as Notification["priority"]),
    expires: it?.expires ?? "",
  });
  const save = useMutation({
    mutationFn: () =>
      it
        ? call("put", "/api/v1/notifications/{id}", { path: { id: it.id }, body: form })
        : call("post", "/api/v1/notifications", { body: form }),
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: ["notifications"] });
      onClose();
    },
  });
  const submit = (e: FormEvent) => {
    e.preventDefault();
    save.mutate();
  };
  return (
    <Dialog opened onClose={onClose} title={it ? words.edit : words.create} size="lg">
      <form onSubmit={submit} className="form">
        <Field
          label={words.titleField}
          data-autofocus
          required
          dir="auto"
          value={form.title}
          fault={fieldFault(save.error, "title")}
          onChange={(e) => setForm({ ...form, title: e.currentTarget.value })}
        />
        <Area
          label={words.body}
          required
          dir="auto"
          value={form.body}
          fault={fieldFault(save.error, "body")}
          onChange={(e) => setForm({ ...form, body: e.currentTarget.value })}
        />
        <div className="form-row">
          <Choice
            label={words.place}
            value={form.place}
            onChange={(e) => setForm({ ...form, place: e.currentTarget.value as typeof form.place })}
          >
            {(["header", "login"] as const).map((p) => (
              <option key={p} value={p}>
                {words.places[p]}
              </option>
            ))}
          </Choice>
          <Choice
            label={words.priority}
            value={form.priority}
            onChange={(e) => setForm({ ...form, priority: e.currentTarget.value as typeof form.priority })}
          >
            {(["info", "urgent"] as const).map((p) => (
              <option key={p} value={p}>
                {words.priorities[p]}
              </option>
            ))}
          </Choice>
          <Field
            label={words.expires}
            hint={words.expiresHint}
            type="date"
            value={form.expires}
            fault={fieldFault(save.error, "expires")}
            onChange={(e) => setForm({ ...form, expires: e.currentTarget.value })}
          />
        </div>
        <fieldset className="preview">
          <legend className="secondary small">{words.preview}</legend>
          {form.place === "header" ? (
            <div className={`banner ${form.priority}`}>
              <strong>{form.title || words.titleField}</strong> <span>{form.body}</span>
            </div>
          ) : (
            <p className={`note ${form.priority}`}>
              <strong>{form.title || words.titleField}</strong> {form.body}
            </p>
          )}
        </fieldset>
        {it && <p className="hint">{words.unreadAgain}</p>}
        {save.error && <Fault error={save.error} />}
        <div className="form-actions">
          <button type="button" className="button" onClick={onClose}>
            {m.server.common.cancel}
          </button>
          <button type="submit" className="button primary" disabled={save.isPending}>
            {it ? m.server.common.save : words.publish}
          </button>
        </div>
      </form>
    </Dialog>
  );
}
