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
          <State state={it.state} progress={it.progress} />{" "}
          {it.error && <span className="field-fault">{it.error}</span>}
        </p>
      )}
      {log.error && <Fault error={log.error} retry={() => void log.refetch()} />}
      {log.isPending && <Loading />}
      {log.data && <Text text={text} label={m.server.jobs.logOf(jobId)} />}
    </Dialog>
  );
}

/** A log that is longer than the dialog is scrolled with the keyboard: hence a region that can be reached. */
function Text({ text, label }: { text: string; label: string }) {
  const m = useMessages();
  if (text === "") return <p className="secondary">{m.server.jobs.emptyLog}</p>;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable without a mouse
    <section className="log" tabIndex={0} aria-label={label}>
      {text}
    </section>
  );
}
