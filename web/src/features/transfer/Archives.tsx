/** The archives that one has brought: unfinished, looked through, imported. */
import { IconDownload } from "@tabler/icons-react";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { call, link } from "../../api/client";
import { groups } from "../../api/queries";
import { bytesText, timeText } from "../server/format";
import { Ask, Fault, Loading, useMessages } from "../server/parts";
import { stepOf, transferKey, transfers } from "./queries";
import { piecesOf, type Transfer } from "./send";
import { ageText } from "./text";

export function Archives() {
  const m = useMessages();
  const words = m.transfer;
  const list = useQuery(transfers);
  const names = useQuery(groups).data?.items ?? [];
  const rows = list.data?.items ?? [];
  return (
    <section className="block" aria-labelledby="archives">
      <h2 id="archives">{words.list}</h2>
      {list.isPending && <Loading />}
      {list.error && <Fault error={list.error} retry={() => void list.refetch()} />}
      {list.data && rows.length === 0 && <p className="secondary">{words.none}</p>}
      {rows.length > 0 && (
        <div className="table-scroll">
          <table className="table archives">
            <thead>
              <tr>
                <th>{words.archive}</th>
                <th>{words.group}</th>
                <th className="right">{words.size}</th>
                <th>{words.age}</th>
                <th>{words.state}</th>
                <th>
                  <span className="visually-hidden">{words.actions}</span>
                </th>
              </tr>
            </thead>
            <tbody>
              {rows.map((t) => (
                <Row
                  key={t.id}
                  archive={t}
                  group={names.find((g) => g.id === t.group_id)?.name ?? String(t.group_id)}
                />
              ))}
            </tbody>
          </table>
        </div>
      )}
    </section>
  );
}

function Row({ archive: t, group }: { archive: Transfer; group: string }) {
  const m = useMessages();
  const step = stepOf(t);
  return (
    <tr>
      <td>
        {step === "coming" ? (
          <bdi>{t.name}</bdi>
        ) : (
          <Link to="/import" search={{ archive: t.id }} className="row-link">
            <bdi>{t.name}</bdi>
          </Link>
        )}
      </td>
      <td>
        <bdi>{group}</bdi>
      </td>
      <td className="right num nowrap">{bytesText(t.size, m.locale)}</td>
      <td className="nowrap secondary" title={timeText(t.created_at, m.locale)}>
        {ageText(t.created_at, m.locale)}
      </td>
      <td>
        <Where archive={t} />
      </td>
      <td className="deeds">
        <div>
          <Download archive={t} />
          <Remove archive={t} />
        </div>
      </td>
    </tr>
  );
}

/** Where an archive is, and what to do. */
function Where({ archive: t }: { archive: Transfer }) {
  const m = useMessages();
  const words = m.transfer;
  const step = stepOf(t);
  const until = words.until(timeText(t.expires_at, m.locale));
  switch (step) {
    case "coming":
      return (
        <>
          {words.come(t.pieces.length, piecesOf(t))}
          <div className="secondary small">
            {words.goOn} {until}
          </div>
        </>
      );
    case "working":
      return <>{words.steps.working(Math.round(t.progress * 100))}</>;
    case "done":
      return <>{words.doneOn(timeText(t.done_at, m.locale))}</>;
    case "wrong":
      return (
        <>
          {t.state === "cancelled" ? words.cancelled : words.wrong}
          <div className="secondary small">{until}</div>
        </>
      );
    default:
      return (
        <>
          {step === "looked" ? words.looked : words.arrived}
          <div className="secondary small">{until}</div>
        </>
      );
  }
}

/** Gives the archive back, as long as its bytes are kept. */
export function Download({ archive: t }: { archive: Transfer }) {
  const words = useMessages().transfer;
  const step = stepOf(t);
  if (step === "coming" || step === "done") return null;
  return (
    <a
      className="quiet"
      href={link("/api/v1/transfers/{id}/content", { path: { id: t.id } })}
      download
      aria-label={words.downloadOf(t.name)}
    >
      <IconDownload size={15} stroke={1.6} aria-hidden /> {words.download}
    </a>
  );
}

export function Remove({ archive: t, onGone }: { archive: Transfer; onGone?: () => Promise<unknown> }) {
  const m = useMessages();
  const words = m.transfer;
  const client = useQueryClient();
  if (stepOf(t) === "working") return null;
  const remove = async () => {
    await call("delete", "/api/v1/transfers/{id}", { path: { id: t.id } });
    await onGone?.();
    await client.invalidateQueries({ queryKey: transferKey });
  };
  return (
    <Ask
      question={words.removeAsk(t.name)}
      text={t.done_at ? words.removeDone : words.removeText}
      action={m.server.common.remove}
      onYes={remove}
    >
      <span className="visually-hidden">{words.removeOf(t.name)}</span>
      <span aria-hidden>{m.server.common.remove}</span>
    </Ask>
  );
}
