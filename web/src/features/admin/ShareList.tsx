import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { call } from "../../api/client";
import { groups } from "../../api/queries";
import { Empty, Fault, Loading, useMessages } from "../server/parts";
import { treeOf } from "./rights";

interface Shared {
  readonly id: number;
  readonly group_id: number;
  readonly shared_with: readonly number[];
  readonly may_share: boolean;
}

/** The groups that may use a config or a pre-process. */
export function ShareList({ what, thing }: { what: "configs" | "pre-processes"; thing: Shared }) {
  const m = useMessages();
  const words = m.admin.configs;
  const client = useQueryClient();
  const list = useQuery(groups);
  const change = useMutation({
    mutationFn: async ({ groupId, open }: { groupId: number; open: boolean }): Promise<void> => {
      const path = { id: thing.id, group_id: groupId };
      const method = open ? "put" : "delete";
      if (what === "configs") await call(method, "/api/v1/configs/{id}/groups/{group_id}", { path });
      else await call(method, "/api/v1/pre-processes/{id}/groups/{group_id}", { path });
    },
    onSettled: () => client.invalidateQueries({ queryKey: [what] }),
  });
  if (list.error) return <Fault error={list.error} retry={() => void list.refetch()} />;
  if (list.isPending) return <Loading />;
  const rows = treeOf(list.data.items.filter((g) => g.kind !== "personal" || g.id === thing.group_id));
  if (rows.length === 0) return <Empty title={m.server.share.empty} />;
  const everybody = rows.some(
    ({ group: g }) => g.kind === "public" && (g.id === thing.group_id || thing.shared_with.includes(g.id)),
  );
  const read = what === "configs" ? "config:read" : "preprocess:read";
  return (
    <>
      <p className="secondary">{words.shareText}</p>
      {change.error && <Fault error={change.error} />}
      <table className="table matrix narrow-table">
        <thead>
          <tr>
            <th>{m.server.share.group}</th>
            <th className="middle">{m.server.share.open}</th>
            <th>{words.shareEffect}</th>
          </tr>
        </thead>
        <tbody>
          {rows.map(({ group: g, depth }) => {
            const owner = g.id === thing.group_id;
            const open = owner || thing.shared_with.includes(g.id);
            const above =
              g.parent_id !== undefined && (g.parent_id === thing.group_id || thing.shared_with.includes(g.parent_id));
            return (
              <tr key={g.id} className={open || above ? "" : "closed"}>
                <th scope="row" className={depth > 0 ? "below" : ""}>
                  <bdi>{g.name}</bdi> {owner && <span className="chip">{m.server.share.owner}</span>}
                </th>
                <td className="middle">
                  <input
                    type="checkbox"
                    checked={open}
                    disabled={owner || !thing.may_share || change.isPending}
                    aria-label={`${m.server.share.open}: ${g.name}`}
                    onChange={() => change.mutate({ groupId: g.id, open: !open })}
                  />
                </td>
                <td className="secondary">
                  {!open && above
                    ? words.throughParent
                    : open && !g.rights.includes(read)
                      ? words.noReadRight
                      : open
                        ? words.mayUse
                        : everybody
                          ? words.throughEverybody
                          : ""}
                </td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </>
  );
}
