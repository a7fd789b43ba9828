/** An archive of another server: sent, looked through, and imported when a person has seen what is in it. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { useEffect, useRef, useState } from "react";
import { call } from "../../api/client";
import { groups, whoami } from "../../api/queries";
import { Fault, Loading, Page, Progress, useMessages } from "../server/parts";
import { Report } from "./Report";
import { begin, send, type Transfer } from "./send";

const ENDED: readonly string[] = ["done", "failed", "cancelled"];
const working = (t: Transfer): boolean => t.state !== undefined && !ENDED.includes(t.state);

export function ImportPage() {
  const m = useMessages();
  const { archive } = useSearch({ from: "/in/import" });
  return (
    <Page title={m.transfer.title}>{archive === undefined ? <Choose /> : <Coming key={archive} id={archive} />}</Page>
  );
}

/** Which file, and for whom. */
function Choose() {
  const words = useMessages().transfer;
  const navigate = useNavigate();
  const targets = useQuery(whoami).data?.targets.set ?? [];
  const names = useQuery(groups).data?.items ?? [];
  const [group, setGroup] = useState(0);
  const [share, setShare] = useState(0);
  const stop = useRef(new AbortController());
  useEffect(() => () => stop.current.abort(), []);
  const chosen = group || (targets[0] ?? 0);
  const sending = useMutation({
    mutationFn: async (file: File) => {
      const t = await begin(file, chosen);
      await send(t, file, setShare, stop.current.signal);
      await call("post", "/api/v1/transfers/{id}/import", { path: { id: t.id }, body: { dry_run: true } });
      return t.id;
    },
    onSuccess: (id) => navigate({ to: "/import", search: { archive: id }, replace: true }),
  });
  return (
    <>
      <p className="secondary">{words.text}</p>
      {targets.length === 0 ? (
        <p className="note">{words.noGroup}</p>
      ) : (
        <div className="toolbar">
          <label>
            {words.group}{" "}
            <select
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
          <label className="button primary">
            {words.choose}
            <input
              type="file"
              accept=".zip,application/zip"
              className="visually-hidden"
              disabled={sending.isPending}
              onChange={(e) => {
                const [file] = e.currentTarget.files ?? [];
                if (file) sending.mutate(file);
              }}
            />
          </label>
        </div>
      )}
      {sending.isPending && <Progress value={share} label={words.sending} />}
      {sending.error && <Fault error={sending.error} />}
    </>
  );
}

/** An archive that has come. */
function Coming({ id }: { id: number }) {
  const words = useMessages().transfer;
  const client = useQueryClient();
  const key = ["transfer", id];
  const [chosen, setChosen] = useState<ReadonlyMap<number, number>>(new Map());
  const archive = useQuery({
    queryKey: key,
    queryFn: ({ signal }) => call("get", "/api/v1/transfers/{id}", { path: { id }, signal }),
    refetchInterval: (q) => (q.state.data && working(q.state.data) ? 700 : false),
  });
  const run = useMutation({
    mutationFn: (known: "" | "skip" | "copy") => {
      const map = archive.data?.report?.map;
      const configs = map?.configs.map((c) => ({ ...c, here: chosen.get(c.archive) ?? c.here ?? 0 })) ?? [];
      return call("post", "/api/v1/transfers/{id}/import", {
        path: { id },
        body: { ...(known ? { known } : {}), ...(map ? { map: { ...map, configs } } : {}) },
      });
    },
    onSettled: () => client.invalidateQueries({ queryKey: key }),
  });
  if (archive.isPending) return <Loading />;
  if (archive.error) return <Fault error={archive.error} retry={() => void archive.refetch()} />;
  const t = archive.data;
  const choose = (from: number, here: number) => setChosen(new Map(chosen).set(from, here));
  return (
    <>
      <p className="secondary">{t.name}</p>
      {working(t) && <Progress value={t.progress} label={t.state === "running" ? words.checking : words.waiting} />}
      {t.error && <p className="note">{t.error}</p>}
      {run.error && <Fault error={run.error} />}
      {t.report && <Report report={t.report} chosen={chosen} onChoose={choose} />}
      {!working(t) && <Next t={t} busy={run.isPending} onImport={(known) => run.mutate(known)} />}
    </>
  );
}

/** What can be done now. */
function Next({ t, busy, onImport }: { t: Transfer; busy: boolean; onImport: (known: "" | "skip" | "copy") => void }) {
  const words = useMessages().transfer;
  if (t.done_at) {
    const made = t.report?.made ?? [];
    return (
      <p role="status" className="note">
        {words.done(made.length)}{" "}
        {made.slice(0, 20).map((s) => (
          <Link key={s.here} to="/sets/$id" params={{ id: String(s.here) }} className="button">
            {words.open(s.here)}
          </Link>
        ))}
      </p>
    );
  }
  const known = t.report?.known.length ?? 0;
  return (
    <div className="form-actions">
      {known > 0 && <span>{words.known(known)}</span>}
      <span className="spring" />
      {known > 0 ? (
        <>
          <button type="button" className="button" disabled={busy} onClick={() => onImport("copy")}>
            {words.again}
          </button>
          <button type="button" className="button primary" disabled={busy} onClick={() => onImport("skip")}>
            {words.skip}
          </button>
        </>
      ) : (
        <button type="button" className="button primary" disabled={busy} onClick={() => onImport("")}>
          {words.start}
        </button>
      )}
    </div>
  );
}
