import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { call } from "../../api/client";
import { shares } from "../../api/queries";
import type { Share } from "../../api/types";
import { useGroupName } from "../server/group";
import { Empty, Fault, Loading, useMessages } from "../server/parts";

/** The groups that a set is open to, with what their members may do: rows are groups, columns are rights. */
export function Sharing({ setId }: { setId: number }) {
  const m = useMessages();
  const words = m.server.share;
  const list = useQuery(shares(setId));
  const name = useGroupName();
  const client = useQueryClient();
  const change = useMutation({
    mutationFn: async ({ share, open }: { share: Share; open: boolean }): Promise<void> => {
      await call(open ? "put" : "delete", "/api/v1/sets/{id}/groups/{group_id}", {
        path: { id: setId, group_id: share.group_id },
      });
    },
    onSettled: () => client.invalidateQueries({ queryKey: ["set", setId] }),
  });
  if (list.error) return <Fault error={list.error} retry={() => void list.refetch()} />;
  if (list.isPending) return <Loading />;
  if (list.data.items.length === 0) return <Empty title={words.empty} />;
  const short = (right: string) => right.replace(/^set:/, "");
  const present = new Set(list.data.items.flatMap((g) => g.rights.map(short)));
  const rights = ["read", "anon", "create", "edit", "upload", "run", "save", "share"].filter((r) => present.has(r));
  return (
    <>
      <p className="secondary">{words.text}</p>
      {change.error && <Fault error={change.error} />}
      <table className="table matrix">
        <thead>
          <tr>
            <th>{words.group}</th>
            <th>{words.open}</th>
            {rights.map((r) => (
              <th key={r} className="middle">
                {words.right[r]}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {list.data.items.map((share) => (
            <tr key={share.group_id} className={share.shared ? "" : "closed"}>
              <td>
                <bdi className="strong">{name({ id: share.group_id, name: share.name })}</bdi>{" "}
                {share.owner && <span className="chip">{words.owner}</span>}
              </td>
              <td>
                <input
                  type="checkbox"
                  checked={share.shared}
                  disabled={!share.may_change || change.isPending}
                  aria-label={`${words.open}: ${name({ id: share.group_id, name: share.name })}`}
                  onChange={(e) => change.mutate({ share, open: e.currentTarget.checked })}
                />
              </td>
              {rights.map((r) => {
                const has = share.rights.some((x) => short(x) === r);
                return (
                  <td key={r} className="middle">
                    <span aria-hidden>{has ? "●" : "·"}</span>
                    <span className="visually-hidden">{has ? words.right[r] : m.server.common.none}</span>
                  </td>
                );
              })}
            </tr>
          ))}
        </tbody>
      </table>
    </>
  );
}
