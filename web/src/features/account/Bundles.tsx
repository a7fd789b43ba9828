/** Archives of all that one may reach: asked for, made, downloaded, gone. */
import { IconDownload } from "@tabler/icons-react";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { call, link } from "../../api/client";
import { Check } from "../admin/parts";
import { bytesText, timeText } from "../server/format";
import { Ask, Fault, Loading, State, useMessages } from "../server/parts";
import type { Bundle } from "./queries";
import { bundles } from "./queries";

export function Bundles() {
  const m = useMessages();
  const words = m.people.bundles;
  const client = useQueryClient();
  const [reads, setReads] = useState(false);
  const list = useQuery(bundles);
  const ask = useMutation({
    mutationFn: () => call("post", "/api/v1/me/exports", { body: { reads } }),
    onSuccess: () => client.invalidateQueries({ queryKey: bundles.queryKey }),
  });
  const rows = list.data?.items ?? [];
  return (
    <section className="block">
      <h2>{words.title}</h2>
      <p className="secondary">{words.text}</p>
      <form
        className="form"
        onSubmit={(e) => {
          e.preventDefault();
          ask.mutate();
        }}
      >
        <Check label={words.reads} checked={reads} onChange={setReads} />
        <div>
          <button type="submit" className="button" disabled={ask.isPending}>
            {words.ask}
          </button>
        </div>
      </form>
      {(ask.error ?? list.error) && <Fault error={ask.error ?? list.error} />}
      {list.isPending && <Loading />}
      {list.data && rows.length === 0 && <p className="secondary">{words.empty}</p>}
      {rows.length > 0 && (
        <table className="table">
          <thead>
            <tr>
              <th>{words.asked}</th>
              <th>{words.state}</th>
              <th className="right">{words.size}</th>
              <th>{words.until}</th>
              <th />
            </tr>
          </thead>
          <tbody>
            {rows.map((b) => (
              <Row key={b.id} bundle={b} />
            ))}
          </tbody>
        </table>
      )}
    </section>
  );
}

function Row({ bundle: b }: { bundle: Bundle }) {
  const m = useMessages();
  const words = m.people.bundles;
  const client = useQueryClient();
  const asked = timeText(b.created_at, m.locale);
  const over = b.expires_at !== undefined && Date.parse(b.expires_at) <= Date.now();
  const remove = async () => {
    await call("delete", "/api/v1/me/exports/{id}", { path: { id: b.id } });
    await client.invalidateQueries({ queryKey: bundles.queryKey });
  };
  return (
    <tr>
      <td className="nowrap">
        <span className="num">{asked}</span>
        {b.reads && <div className="secondary small">{words.withReads}</div>}
      </td>
      <td>
        <State state={b.state} progress={b.progress} />
        {b.error && <div className="field-fault small">{b.error}</div>}
      </td>
      <td className="right num nowrap">{b.bytes ? bytesText(b.bytes, m.locale) : ""}</td>
      <td className="nowrap num secondary">{over ? words.over : timeText(b.expires_at, m.locale)}</td>
      <td className="right nowrap">
        {b.state === "done" && !over && (
          <a
            className="quiet"
            href={link("/api/v1/me/exports/{id}/content", { path: { id: b.id } })}
            download
            aria-label={words.downloadOf(asked)}
          >
            <IconDownload size={15} stroke={1.6} aria-hidden /> {words.download}
          </a>
        )}
        <Ask question={words.question} text={words.questionText} action={m.server.common.remove} onYes={remove}>
          <span className="visually-hidden">{words.removeOf(asked)}</span>
          <span aria-hidden>{m.server.common.remove}</span>
        </Ask>
      </td>
    </tr>
  );
}
