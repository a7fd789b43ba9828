/** An archive of another server: sent, looked through, and imported when a person has seen what is in it. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useEffect, useRef, useState } from "react";
import { call } from "../../api/client";
import { groups, whoami } from "../../api/queries";
import { Fault, Loading, Page, Progress, useMessages } from "../server/parts";
import { Archives } from "./Archives";
import { Coming } from "./Coming";
import { transferKey } from "./queries";
import { begin, send } from "./send";
import "./transfer.css";

export function ImportPage() {
  const m = useMessages();
  const { archive } = useSearch({ from: "/in/import" });
  if (archive !== undefined) return <Coming key={archive} id={archive} />;
  return (
    <Page title={m.transfer.title}>
      <p className="secondary lead">{m.transfer.text}</p>
      <Choose />
      <Archives />
    </Page>
  );
}

/** Which file, and for whom. */
function Choose() {
  const words = useMessages().transfer;
  const navigate = useNavigate();
  const client = useQueryClient();
  const me = useQuery(whoami);
  const targets = me.data?.targets.set ?? [];
  const names = useQuery(groups).data?.items ?? [];
  const [group, setGroup] = useState(0);
  const [share, setShare] = useState(0);
  const stop = useRef<AbortController | null>(null);
  useEffect(() => () => stop.current?.abort(), []);
  const chosen = group || (targets[0] ?? 0);
  const sending = useMutation({
    mutationFn: async (file: File) => {
      stop.current = new AbortController();
      const t = await begin(file, chosen);
      await send(t, file, setShare, stop.current.signal);
      await call("post", "/api/v1/transfers/{id}/import", { path: { id: t.id }, body: { dry_run: true } });
      return t.id;
    },
    onSuccess: (id) => navigate({ to: "/import", search: { archive: id } }),
    onSettled: () => client.invalidateQueries({ queryKey: transferKey }),
  });
  if (me.isPending) return <Loading />;
  if (targets.length === 0) return <p className="note">{words.noGroup}</p>;
  const stopped = sending.error instanceof DOMException && sending.error.name === "AbortError";
  return (
    <section className="bring">
      <label>
        {words.forGroup}{" "}
        <select
          className="select framed"
          value={chosen}
          disabled={sending.isPending}
          onChange={(e) => setGroup(Number(e.currentTarget.value))}
        >
          {targets.map((id) => (
            <option key={id} value={id}>
              {names.find((g) => g.id === id)?.name ?? id}
            </option>
          ))}
        </select>
      </label>
      <label className="button primary" aria-disabled={sending.isPending || undefined}>
        {words.choose}
        <input
          type="file"
          accept=".zip,application/zip"
          className="visually-hidden"
          disabled={sending.isPending}
          onChange={(e) => {
            const [file] = e.currentTarget.files ?? [];
            e.currentTarget.value = ""; // so that the same file can be chosen again
            if (file) sending.mutate(file);
          }}
        />
      </label>
      {sending.isPending && (
        <div className="sending">
          <Progress value={share} label={words.sending} />
          <span className="num">{words.sent(Math.round(share * 100))}</span>
          <button type="button" className="quiet" onClick={() => stop.current?.abort()}>
            {words.stop}
          </button>
        </div>
      )}
      {stopped && <p role="status">{words.stopped}</p>}
      {sending.error && !stopped && <Fault error={sending.error} />}
    </section>
  );
}
