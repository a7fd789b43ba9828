import { signal } from "@preact/signals-core";
import { messages } from "../../i18n";
import { useSignal } from "../../ui/useSignal";
import type { ServerSide } from "./context";
import { useServer } from "./context";

const NOTHING: NonNullable<ServerSide["search"]> = signal(null);

/** What the server has besides what is listed: clonotypes of higher ranks, and hits of a search of sequences. */
export function Elsewhere() {
  const server = useServer();
  const m = useSignal(messages);
  const search = useSignal(server?.search ?? NOTHING);
  if (!server) return null;
  const words = m.sequenceWork.list;
  const away = search?.away ?? [];
  return (
    <>
      {search && search.kind !== "done" && <span className="elsewhere"> · {words[search.kind]}</span>}
      {search?.kind === "done" && away.length > 0 && (
        <button type="button" className="link elsewhere" onClick={() => server.keep(away)}>
          {words.away(away.length)}
        </button>
      )}
      {server.loading ? (
        <span className="elsewhere"> · {words.loading}</span>
      ) : (
        server.more && (
          <button type="button" className="link elsewhere" onClick={server.more}>
            {words.more}
          </button>
        )
      )}
    </>
  );
}
