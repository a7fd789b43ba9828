/** What leaves the server, backups and mails, on its page. */
import { Link } from "@tanstack/react-router";
import { bytesText, spanText, timeText, whole } from "../server/format";
import { useMessages } from "../server/parts";
import { Mark, Tile } from "./parts";
import type { ServerState } from "./queries";

/** Between two instants. */
const seconds = (from: string, to: string): number => (Date.parse(to) - Date.parse(from)) / 1000;

/** Days matter for a server, and seconds do not. */
export function age(from: string, to: string, days: (n: number) => string): string {
  const s = seconds(from, to);
  return s >= 2 * 86_400 ? days(Math.floor(s / 86_400)) : spanText(s);
}

export function MailTile({ state }: { state: ServerState }) {
  const m = useMessages();
  const words = m.people.backups;
  const { server, queued, dead } = state.mails;
  return (
    <Tile label={words.mails} value={words.waiting(queued)}>
      {dead > 0 && <span className="field-fault">{words.givenUp(dead)} · </span>}
      {!server && `${words.logged} · `}
      <Link to="/admin/mails" search={dead > 0 ? { state: "dead" } : {}} className="plain-link">
        {words.outbox}
      </Link>
    </Tile>
  );
}

/** The last good backup, and its age against the schedule. */
export function Backups({ state }: { state: ServerState }) {
  const m = useMessages();
  const words = m.people.backups;
  const b = state.backup;
  const days = m.admin.server.days;
  if (!b.every_seconds && !b.last_success_at && !b.last_try_at) {
    return (
      <section className="block">
        <h2>{words.title}</h2>
        <p className="secondary">{words.none}</p>
      </section>
    );
  }
  return (
    <section className="block">
      <h2>{words.title}</h2>
      <dl className="tiles">
        <Tile
          label={words.last}
          value={b.last_success_at ? words.ago(age(b.last_success_at, state.at, days)) : words.never}
        >
          {b.late ? <Mark how="error">{words.late}</Mark> : b.last_success_at && timeText(b.last_success_at, m.locale)}
          <div>{b.every_seconds ? words.every(everyText(b.every_seconds)) : words.byHand}</div>
        </Tile>
        {b.last_success_at && (
          <>
            <Tile label={words.size} value={bytesText(b.bytes ?? 0, m.locale)}>
              {words.added(bytesText(b.added_bytes ?? 0, m.locale))}
            </Tile>
            <Tile label={words.took} value={spanText(b.seconds ?? 0)} />
          </>
        )}
        {b.target && (
          <Tile label={words.target} value={<span className="mono backup-target">{b.target}</span>}>
            {b.last_id && <span className="mono">{b.last_id}</span>}
          </Tile>
        )}
      </dl>
      {b.missing ? <p className="note warn">{words.missing(b.missing)}</p> : null}
      {b.error && (
        <p className="note warn">
          {words.error} ({timeText(b.last_try_at, m.locale)}): {b.error}
        </p>
      )}
    </section>
  );
}

/** A time of a schedule, in the largest unit that is whole. */
function everyText(seconds: number): string {
  for (const [unit, size] of [
    ["d", 86_400],
    ["h", 3600],
    ["min", 60],
  ] as const) {
    if (seconds % size === 0) return `${seconds / size} ${unit}`;
  }
  return `${whole(seconds, "en")} s`;
}
