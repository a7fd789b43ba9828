/** Which mails one gets, and of which sets one is told. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { call } from "../../api/client";
import { whoami } from "../../api/queries";
import { Check } from "../admin/parts";
import { dayText, whole } from "../server/format";
import { Fault, Loading, useMessages } from "../server/parts";
import type { Mails } from "./queries";
import { follows } from "./queries";

/** In the order in which they are offered: the own ones first, then those of administrators. */
const KINDS = ["jobs", "followed", "digest", "disk", "faults", "backup"];

export function MyMails({ mails }: { mails: Mails }) {
  const m = useMessages();
  const words = m.people.mails;
  const client = useQueryClient();
  // A tick stands at once, and goes back when it could not be kept.
  const [chosen, setChosen] = useState<Mails>({});
  const save = useMutation({
    mutationFn: (change: Mails) => call("patch", "/api/v1/me", { body: { mails: change } }),
    onSuccess: (who) => client.setQueryData(whoami.queryKey, who),
    onError: () => setChosen({}),
  });
  return (
    <section className="block">
      <h2>{words.title}</h2>
      <p className="secondary">{words.text}</p>
      <div className="plain-list">
        {KINDS.filter((k) => k in mails).map((k) => (
          <Check
            key={k}
            label={words.kind[k] ?? k}
            checked={chosen[k] ?? mails[k] ?? false}
            onChange={(wanted) => {
              setChosen({ ...chosen, [k]: wanted });
              save.mutate({ [k]: wanted });
            }}
          />
        ))}
      </div>
      <p role="status" className="small state done">
        {save.isSuccess ? `● ${words.saved}` : ""}
      </p>
      {save.error && <Fault error={save.error} />}
      <Followed />
    </section>
  );
}

function Followed() {
  const m = useMessages();
  const words = m.people.mails;
  const client = useQueryClient();
  const list = useQuery(follows);
  const end = useMutation({
    mutationFn: (id: number) => call("delete", "/api/v1/sets/{id}/follow", { path: { id } }),
    onSettled: () => client.invalidateQueries({ queryKey: follows.queryKey }),
  });
  const rows = list.data?.items ?? [];
  return (
    <>
      <h3>{words.followsTitle}</h3>
      {(list.error ?? end.error) && <Fault error={list.error ?? end.error} />}
      {list.isPending && <Loading />}
      {list.data && rows.length === 0 && <p className="secondary">{words.followsEmpty}</p>}
      {rows.length > 0 && (
        <table className="table">
          <thead>
            <tr>
              <th>{m.server.sets.columns.name}</th>
              <th className="right">{m.server.sets.columns.samples}</th>
              <th>{words.newest}</th>
              <th />
            </tr>
          </thead>
          <tbody>
            {rows.map((it) => (
              <tr key={it.id}>
                <td>
                  <Link to="/sets/$id" params={{ id: String(it.id) }} className="row-link">
                    <bdi>{it.title}</bdi>
                  </Link>{" "}
                  <span className="secondary small">{m.server.sets.one[it.kind]}</span>
                </td>
                <td className="right num">{whole(it.samples, m.locale)}</td>
                <td className="nowrap secondary num">{dayText(it.day, m.locale)}</td>
                <td className="right">
                  <button
                    type="button"
                    className="quiet"
                    aria-label={words.unfollowOf(it.title)}
                    disabled={end.isPending}
                    onClick={() => end.mutate(it.id)}
                  >
                    {words.unfollow}
                  </button>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </>
  );
}
