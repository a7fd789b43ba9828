import { useQuery } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import { job, jobLog } from "../../api/queries";
import { Dialog, Fault, Loading, State, useMessages } from "../server/parts";
import { useFollowedLog } from "./follow";

/** The log of a job, as it is written; where the browser cannot follow, as it was when last read. */
export function LogDialog({ jobId, onClose }: { jobId: number; onClose: () => void }) {
  const m = useMessages();
  const followed = useFollowedLog(jobId);
  const log = useQuery({ ...jobLog(jobId), enabled: followed.broken });
  const it = useQuery(job(jobId)).data;
  const read = (log.data?.items ?? []).map((piece) => piece.text).join("");
  const text = followed.text || read;
  const [follow, setFollow] = useState(true);
  const live = it !== undefined && !it.ended_at;
  return (
    <Dialog opened onClose={onClose} title={m.server.jobs.logOf(jobId)} size="xl">
      <div className="toolbar">
        {it && <State state={it.state} progress={it.progress} />}
        {it?.error && <span className="field-fault">{it.error}</span>}
        <span className="spring" />
        {live && (
          <label className="check">
            <input type="checkbox" checked={follow} onChange={(e) => setFollow(e.currentTarget.checked)} />{" "}
            {m.lists.follow}
          </label>
        )}
        {text !== "" && <Save name={`job-${jobId}.log`} text={text} />}
      </div>
      {log.error && <Fault error={log.error} retry={() => void log.refetch()} />}
      {text === "" && it === undefined ? (
        <Loading />
      ) : (
        <Text text={text} label={m.server.jobs.logOf(jobId)} follow={follow && live} />
      )}
    </Dialog>
  );
}

function Save({ name, text }: { name: string; text: string }) {
  const m = useMessages();
  const save = () => {
    const url = URL.createObjectURL(new Blob([text], { type: "text/plain" }));
    const a = document.createElement("a");
    a.href = url;
    a.download = name;
    a.click();
    URL.revokeObjectURL(url);
  };
  return (
    <button type="button" className="button" onClick={save}>
      {m.lists.saveLog}
    </button>
  );
}

/** A log that is longer than the dialog is scrolled with the keyboard: hence a region that can be reached. */
function Text({ text, label, follow }: { text: string; label: string; follow: boolean }) {
  const m = useMessages();
  const place = useRef<HTMLElement>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: each further piece moves the end
  useEffect(() => {
    if (follow && place.current) place.current.scrollTop = place.current.scrollHeight;
  }, [text, follow]);
  if (text === "") return <p className="secondary">{m.server.jobs.emptyLog}</p>;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable without a mouse
    <section ref={place} className="log" tabIndex={0} aria-label={label}>
      {text}
    </section>
  );
}
