/** The log of a job as it is written: pieces come in order, each once, and a stream that broke goes on where it ended. */
import { useEffect, useState } from "react";
import { link } from "../../api/client";

interface Piece {
  readonly piece: number;
  readonly attempt: number;
  readonly text: string;
}

export interface Followed {
  readonly text: string;
  /** The browser gave up: the log is read in the ordinary way then. */
  readonly broken: boolean;
  readonly ended: boolean;
}

/** Text kept in the page; what is before is read by downloading the log. */
const MOST = 2_000_000;

export function useFollowedLog(jobId: number): Followed {
  const [state, setState] = useState<Followed>({ text: "", broken: false, ended: false });
  useEffect(() => {
    setState({ text: "", broken: false, ended: false });
    const source = new EventSource(link("/api/v1/jobs/{id}/log/follow", { path: { id: jobId } }));
    let last = 0;
    const take = (e: MessageEvent<string>) => {
      const piece = JSON.parse(e.data) as Piece;
      if (piece.piece <= last) return;
      last = piece.piece;
      setState((s) => ({ ...s, text: (s.text + piece.text).slice(-MOST) }));
    };
    source.addEventListener("log", take);
    source.addEventListener("end", () => {
      source.close();
      setState((s) => ({ ...s, ended: true }));
    });
    source.onerror = () => {
      if (source.readyState === EventSource.CLOSED) setState((s) => ({ ...s, broken: !s.ended }));
    };
    return () => source.close();
  }, [jobId]);
  return state;
}
