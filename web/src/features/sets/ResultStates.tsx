import { useQueries, useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { configs, setStates } from "../../api/queries";
import type { SetState } from "../../api/types";
import { useMessages } from "../server/parts";

export type StateOf = ReadonlyMap<number, readonly SetState[]>;

/** As many sets as are asked about at once: those of one page of a list, so that a further page asks for itself alone. */
const AT_ONCE = 50;

/** How far sets are with each config, everybody's jobs included. */
export function useSetStates(ids: readonly number[]): StateOf {
  const parts = Array.from({ length: Math.ceil(ids.length / AT_ONCE) }, (_, i) =>
    ids.slice(i * AT_ONCE, (i + 1) * AT_ONCE),
  );
  return useQueries({ queries: parts.map(setStates), combine: bySet });
}

function bySet(answers: readonly { readonly data: { readonly items: readonly SetState[] } | undefined }[]): StateOf {
  const out = new Map<number, SetState[]>();
  for (const each of answers)
    for (const state of each.data?.items ?? []) out.set(state.set_id, [...(out.get(state.set_id) ?? []), state]);
  return out;
}

/** Configs that a cell has room for. */
const MOST = 3;

/** What there is of a set by each config: what runs and what failed first, then results, each a way into them. */
export function ResultStates({
  setId,
  samples,
  states,
}: {
  setId: number;
  samples: number;
  states: readonly SetState[];
}) {
  const m = useMessages();
  const names = useQuery(configs).data?.items;
  const name = (id: number) => (id === 0 ? m.lists.preProcess : (names?.find((c) => c.id === id)?.name ?? `#${id}`));
  const urgent = (s: SetState) => (s.running > 0 ? 3 : s.queued > 0 ? 2 : s.failed > 0 ? 1 : 0);
  const sorted = [...states].sort((a, b) => urgent(b) - urgent(a) || b.results - a.results);
  return (
    <span className="result-states">
      {sorted.slice(0, MOST).map((s) => (
        <span key={s.config_id} className="result-state">
          {s.results > 0 ? (
            <Link
              to="/a/$result"
              params={{ result: `${setId}-${s.config_id}` }}
              className="result-link"
              title={m.lists.openResult(name(s.config_id))}
            >
              <span aria-hidden>●</span> {name(s.config_id)}
              {s.results < samples && <span className="num secondary"> {m.lists.of(s.results, samples)}</span>}
            </Link>
          ) : (
            <span className="secondary">{name(s.config_id)}</span>
          )}
          {s.running > 0 && (
            <span className="state running num">
              <span aria-hidden>◐</span> {m.lists.running(Math.round(s.progress * 100))}
            </span>
          )}
          {s.queued > 0 && s.running === 0 && (
            <span className="state queued">
              <span aria-hidden>○</span> {m.server.sets.waiting(s.queued)}
            </span>
          )}
          {s.failed > 0 && (
            <Link to="/sets/$id" params={{ id: String(setId) }} search={{ tab: "jobs" }} className="state failed plain">
              <span aria-hidden>✕</span> {m.lists.failed(s.failed)}
            </Link>
          )}
        </span>
      ))}
      {sorted.length > MOST && <span className="secondary">+{sorted.length - MOST}</span>}
    </span>
  );
}
