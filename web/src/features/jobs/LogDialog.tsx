import { useQuery } from "@tanstack/react-query";
import { job, jobLog } from "../../api/queries";
import { Dialog, Fault, Loading, State, useMessages } from "../server/parts";

/** The log of a job. While the job runs, its events read the log anew. */
export function LogDialog({ jobId, onClose }: { jobId: number; onClose: () => void }) {
  const m = useMessages();
  const log = useQuery(jobLog(jobId));
  const it = useQuery(job(jobId)).data;
  const text = (log.data?.items ?? []).map((piece) => piece.text).join("");
  return (
    <Dialog opened onClose={onClose} title={m.server.jobs.logOf(jobId)} size="xl">
      {it && (
        <p>
          <State state={it.state} progress={it.progress} /> {it.error && <span className="field-fault">{it.error}</span>}
        </p>
      )}
      {log.error && <Fault error={log.error} retry={() => void log.refetch()} />}
      {log.isPending && <Loading />}
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a log that is longer than the dialog is scrolled with the keyboard */}
      {log.data && (text === "" ? <p className="secondary">{m.server.jobs.emptyLog}</p> : <pre className="log" tabIndex={0} aria-label={m.server.jobs.logOf(jobId)}>{text}</pre>)}
    </Dialog>
  );
}
