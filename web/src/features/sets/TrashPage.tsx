import { useInfiniteQuery, useMutation, useQueryClient } from "@tanstack/react-query";
import { call } from "../../api/client";
import { trashedSamples, trashedSets } from "../../api/queries";
import { timeText } from "../server/format";
import { Empty, Fault, Info, Loading, More, Page, useMessages } from "../server/parts";

interface Thing {
  readonly id: number;
  readonly title: string;
  readonly info: string;
  readonly trashed_at?: string;
}

/** What was thrown away and can be taken back. */
export function TrashPage() {
  const m = useMessages();
  const words = m.server.trash;
  const sets = useInfiniteQuery(trashedSets);
  const samples = useInfiniteQuery(trashedSamples);
  const client = useQueryClient();
  const restore = useMutation({
    mutationFn: async ({ id, sample }: { id: number; sample: boolean }): Promise<void> => {
      if (sample) await call("post", "/api/v1/samples/{id}/restore", { path: { id } });
      else await call("post", "/api/v1/sets/{id}/restore", { path: { id } });
    },
    onSettled: () => client.invalidateQueries(),
  });
  const [a, b] = [sets.data?.pages.flatMap((p) => p.items) ?? [], samples.data?.pages.flatMap((p) => p.items) ?? []];
  const error = sets.error ?? samples.error ?? restore.error;
  return (
    <Page title={words.title} ready={!sets.isPending && !samples.isPending}>
      <p className="secondary">{words.text}</p>
      {error && <Fault error={error} />}
      {(sets.isPending || samples.isPending) && <Loading />}
      {sets.data && samples.data && a.length + b.length === 0 && <Empty title={words.empty} />}
      {a.length > 0 && (
        <Things title={words.sets} things={a} onRestore={(id) => restore.mutate({ id, sample: false })} />
      )}
      <More of={sets} />
      {b.length > 0 && (
        <Things title={words.samples} things={b} onRestore={(id) => restore.mutate({ id, sample: true })} />
      )}
      <More of={samples} />
    </Page>
  );
}

function Things({
  title,
  things,
  onRestore,
}: {
  title: string;
  things: readonly Thing[];
  onRestore: (id: number) => void;
}) {
  const m = useMessages();
  return (
    <section>
      <h2>{title}</h2>
      <table className="table">
        <thead>
          <tr>
            <th>{m.server.sets.columns.name}</th>
            <th>{m.server.sets.columns.info}</th>
            <th className="right">{m.server.trash.when}</th>
            <th />
          </tr>
        </thead>
        <tbody>
          {things.map((t) => (
            <tr key={t.id}>
              <td>
                <bdi>{t.title}</bdi>
              </td>
              <td>
                <Info info={t.info} />
              </td>
              <td className="right secondary num">{timeText(t.trashed_at, m.locale)}</td>
              <td className="right">
                <button
                  type="button"
                  className="quiet"
                  aria-label={`${m.server.common.restore}: ${t.title}`}
                  onClick={() => onRestore(t.id)}
                >
                  {m.server.common.restore}
                </button>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
