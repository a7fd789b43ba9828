import { IconPlayerPause, IconPlayerPlay, IconRefresh, IconX } from "@tabler/icons-react";
import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { useSignal } from "../../ui/useSignal";
import { bytesText, spanText } from "../server/format";
import { Progress, useMessages } from "../server/parts";
import { ChooseAgain } from "./ChooseAgain";
import type { Item } from "./queue";
import { uploads } from "./queue";
import { elsewhere, tellTabs, unfinished } from "./unfinished";

/** What is on its way to the server, at the foot of every page. */
export function Tray() {
  const m = useMessages();
  const client = useQueryClient();
  const items = useSignal(uploads.items);
  const active = useSignal(uploads.active);
  const [opened, setOpened] = useState(false);
  useEffect(() => {
    uploads.onDone = (setId) => void client.invalidateQueries({ queryKey: ["set", setId] });
  }, [client]);
  useEffect(
    () =>
      tellTabs(
        () => uploads.items.peek().flatMap((i) => (i.state === "done" ? [] : [i.fileId])),
        (tell) => uploads.active.subscribe(tell),
      ),
    [],
  );
  useEffect(() => {
    if (active === 0) return undefined;
    const ask = (e: BeforeUnloadEvent) => e.preventDefault();
    window.addEventListener("beforeunload", ask);
    return () => window.removeEventListener("beforeunload", ask);
  }, [active]);
  const others = useSignal(elsewhere);
  const waiting = useSignal(unfinished).filter(
    (u) => !others.has(u.fileId) && !items.some((i) => i.fileId === u.fileId),
  );
  if (items.length === 0 && waiting.length === 0) return null;
  return (
    <section className="tray" aria-label={m.server.upload.all}>
      {waiting.length > 0 && <ChooseAgain waiting={waiting} />}
      {items.length > 0 && <Summary opened={opened} onToggle={() => setOpened(!opened)} />}
      {opened && (
        <ul className="tray-list">
          {items.map((item) => (
            <Line key={item.fileId} item={item} />
          ))}
        </ul>
      )}
    </section>
  );
}

function Summary({ opened, onToggle }: { opened: boolean; onToggle: () => void }) {
  const m = useMessages();
  const items = useSignal(uploads.items);
  const active = useSignal(uploads.active);
  const rate = useSignal(uploads.rate);
  const total = items.reduce((sum, i) => sum + i.size, 0);
  const sent = items.reduce((sum, i) => sum + Math.min(i.sent, i.size), 0);
  const failed = items.filter((i) => i.state === "failed").length;
  const done = items.every((i) => i.state === "done");
  const words = m.server.upload;
  return (
    <div className="tray-head">
      <button type="button" className="quiet" aria-expanded={opened} onClick={onToggle}>
        {words.tray(items.length)}
      </button>
      <Progress value={total > 0 ? sent / total : 1} label={words.all} />
      <span className="num" role="status">
        {done
          ? words.allDone
          : words.speed(bytesText(sent, m.locale), bytesText(total, m.locale), bytesText(rate, m.locale))}
        {rate > 0 && active > 0 && ` · ${words.left(spanText((total - sent) / rate))}`}
      </span>
      {failed > 0 && (
        <span className="state failed">
          ✕ {failed} {words.state.failed}
        </span>
      )}
      <span className="spring" />
      {active > 0 && (
        <button type="button" className="quiet" onClick={() => uploads.pause()}>
          {words.pauseAll}
        </button>
      )}
      {active === 0 && !done && (
        <button type="button" className="quiet" onClick={() => uploads.resume()}>
          {words.resumeAll}
        </button>
      )}
      {done && (
        <button type="button" className="quiet" onClick={() => uploads.forgetDone()}>
          {m.server.common.close}
        </button>
      )}
    </div>
  );
}

function Line({ item }: { item: Item }) {
  const m = useMessages();
  const words = m.server.upload;
  return (
    <li>
      <bdi className="tray-name">{item.name}</bdi>
      <bdi className="secondary">{item.sample}</bdi>
      <Progress value={item.size > 0 ? item.sent / item.size : 1} label={item.name} />
      <span className="num secondary">{bytesText(item.size, m.locale)}</span>
      <span className={`state ${item.state}`}>{words.state[item.state]}</span>
      {item.error !== null && <span className="field-fault">{item.error || words.fileGone}</span>}
      <span className="spring" />
      {(item.state === "sending" || item.state === "waiting") && (
        <button
          type="button"
          className="quiet icon"
          aria-label={`${words.pause}: ${item.name}`}
          onClick={() => uploads.pause(item.fileId)}
        >
          <IconPlayerPause size={14} />
        </button>
      )}
      {(item.state === "paused" || item.state === "failed") && (
        <button
          type="button"
          className="quiet icon"
          aria-label={`${item.state === "failed" ? words.retry : words.resume}: ${item.name}`}
          onClick={() => uploads.resume(item.fileId)}
        >
          {item.state === "failed" ? <IconRefresh size={14} /> : <IconPlayerPlay size={14} />}
        </button>
      )}
      {item.state !== "done" && (
        <button
          type="button"
          className="quiet icon"
          aria-label={`${m.lists.cancelUpload}: ${item.name}`}
          onClick={() => uploads.cancel(item.fileId)}
        >
          <IconX size={14} />
        </button>
      )}
    </li>
  );
}
