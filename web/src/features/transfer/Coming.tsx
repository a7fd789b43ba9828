/** An archive that has come: what is in it, and what becomes of it. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { call } from "../../api/client";
import { groups } from "../../api/queries";
import { bytesText, timeText } from "../server/format";
import { Fault, Loading, Page, Progress, useMessages } from "../server/parts";
import { Download, Remove } from "./Archives";
import { stepOf, transfer, transferKey, working } from "./queries";
import { Report } from "./Report";
import { piecesOf, type Transfer } from "./send";
import "./transfer.css";

export function Coming({ id }: { id: number }) {
  const m = useMessages();
  const navigate = useNavigate();
  const archive = useQuery(transfer(id));
  const t = archive.data;
  const kicker = <Link to="/import">{m.transfer.all}</Link>;
  const actions = t && (
    <>
      <Download archive={t} />
      <Remove archive={t} onGone={() => navigate({ to: "/import" })} />
    </>
  );
  return (
    <Page title={t?.name ?? m.transfer.title} kicker={kicker} actions={actions} ready={!archive.isPending}>
      {archive.isPending && <Loading />}
      {archive.error && <Fault error={archive.error} retry={() => void archive.refetch()} />}
      {t && <Inside archive={t} />}
    </Page>
  );
}

type Known = "" | "skip" | "copy";

function Inside({ archive: t }: { archive: Transfer }) {
  const m = useMessages();
  const words = m.transfer;
  const client = useQueryClient();
  const group = useQuery(groups).data?.items.find((g) => g.id === t.group_id)?.name ?? String(t.group_id);
  const [chosen, setChosen] = useState<ReadonlyMap<number, number>>(new Map());
  const run = useMutation({
    mutationFn: ({ known, dry }: { known: Known; dry: boolean }) => {
      const map = t.report?.map;
      const configs = map?.configs.map((c) => ({ ...c, here: chosen.get(c.archive) ?? c.here ?? 0 })) ?? [];
      return call("post", "/api/v1/transfers/{id}/import", {
        path: { id: t.id },
        body: { dry_run: dry, ...(known ? { known } : {}), ...(map && !dry ? { map: { ...map, configs } } : {}) },
      });
    },
    onSettled: () => client.invalidateQueries({ queryKey: transferKey }),
  });
  const step = stepOf(t);
  const homeless = (t.report?.map.configs ?? []).some(
    (c) => c.how === "none" && (c.results ?? 0) > 0 && !chosen.get(c.archive),
  );
  return (
    <>
      <p className="secondary">{words.about(bytesText(t.size, m.locale), timeText(t.created_at, m.locale), group)}</p>
      {step === "coming" && (
        <p className="note">
          {words.come(t.pieces.length, piecesOf(t))}. {words.goOn}
        </p>
      )}
      {working(t) && <Working archive={t} />}
      {t.state === "failed" && t.error && <p className="note warn">{t.error}</p>}
      {t.state === "cancelled" && <p className="note">{words.cancelledText}</p>}
      {run.error && <Fault error={run.error} />}
      {t.done_at && <Done archive={t} />}
      {t.report && (
        <Report
          report={t.report}
          chosen={chosen}
          fixed={t.done_at !== undefined || working(t)}
          onChoose={(from, here) => setChosen(new Map(chosen).set(from, here))}
        />
      )}
      {!t.report && (step === "come" || step === "wrong") && (
        <button
          type="button"
          className={step === "come" ? "button primary" : "button"}
          disabled={run.isPending}
          onClick={() => run.mutate({ known: "", dry: true })}
        >
          {step === "come" ? words.look : words.lookAgain}
        </button>
      )}
      {t.report && !t.done_at && !working(t) && (
        <Next archive={t} busy={run.isPending || homeless} onImport={(known) => run.mutate({ known, dry: false })} />
      )}
    </>
  );
}

/** A job looks through the archive, or imports it. */
function Working({ archive: t }: { archive: Transfer }) {
  const words = useMessages().transfer;
  const client = useQueryClient();
  const cancel = useMutation({
    mutationFn: () => call("post", "/api/v1/jobs/{id}/cancel", { path: { id: t.job_id ?? 0 } }),
    onSettled: () => client.invalidateQueries({ queryKey: transferKey }),
  });
  return (
    <div className="sending" role="status">
      <Progress value={t.progress} label={t.state === "running" ? words.checking : words.waiting} />
      <span>{t.state === "running" ? words.checking : words.waiting}</span>
      <button type="button" className="quiet" disabled={cancel.isPending} onClick={() => cancel.mutate()}>
        {words.cancel}
      </button>
      {cancel.error && <Fault error={cancel.error} />}
    </div>
  );
}

/** How many sets are named; the lists have the others. */
const NAMED = 20;

function Done({ archive: t }: { archive: Transfer }) {
  const words = useMessages().transfer;
  const made = t.report?.made ?? [];
  return (
    <div role="status" className="note made">
      <span>{words.done(made.length)}</span>
      {made.slice(0, NAMED).map((s) => (
        <Link key={s.here} to="/sets/$id" params={{ id: String(s.here) }} className="button">
          {words.open(s.here)}
        </Link>
      ))}
    </div>
  );
}

/** What can be done now. */
function Next({ archive: t, busy, onImport }: { archive: Transfer; busy: boolean; onImport: (known: Known) => void }) {
  const words = useMessages().transfer;
  const known = t.report?.known.length ?? 0;
  if (known === 0)
    return (
      <div className="form-actions">
        <button type="button" className="button primary" disabled={busy} onClick={() => onImport("")}>
          {words.start}
        </button>
      </div>
    );
  return (
    <div className="form-actions">
      <span>{words.known(known)}</span>
      <span className="spring" />
      <button type="button" className="button" disabled={busy} onClick={() => onImport("copy")}>
        {words.again(known)}
      </button>
      <button type="button" className="button primary" disabled={busy} onClick={() => onImport("skip")}>
        {words.skip(known)}
      </button>
    </div>
  );
}
