import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { useState } from "react";
import { call } from "../../api/client";
import { groups, whoami } from "../../api/queries";
import { whole } from "../server/format";
import { Dialog, Empty, Fault, Loading, Page, useMessages } from "../server/parts";
import { NewGroup } from "./NewGroup";
import type { Group } from "./queries";
import type { Pending, RightKind } from "./rights";
import { columnsOf, holds, KINDS, nameOf, treeOf, turn, wanted } from "./rights";

/** All groups as one table of rights: rows are groups, columns what their members may do. */
export function GroupsPage() {
  const m = useMessages();
  const words = m.admin.groups;
  const { rights: kind = "set", personal = false } = useSearch({ from: "/in/admin/groups" });
  const navigate = useNavigate();
  const admin = useQuery(whoami).data?.admin ?? false;
  const list = useQuery(groups);
  const [pending, setPending] = useState<Pending>(new Map());
  const [making, setMaking] = useState(false);
  const all = list.data?.items ?? [];
  const shown = treeOf(all.filter((g) => personal || g.kind !== "personal"));
  const columns = columnsOf(kind, list.data?.kinds ?? []);
  const go = (next: { kind: RightKind; personal: boolean }) =>
    void navigate({
      to: "/admin/groups",
      search: { ...(next.kind === "set" ? {} : { rights: next.kind }), ...(next.personal ? { personal: true } : {}) },
      replace: true,
    });
  return (
    <Page
      title={words.title}
      ready={!list.isPending}
      actions={
        admin && (
          <button type="button" className="button primary" onClick={() => setMaking(true)}>
            {words.create}
          </button>
        )
      }
    >
      <p className="secondary">{words.text}</p>
      <div className="toolbar">
        <fieldset className="segmented" aria-label={words.rightsOn}>
          {KINDS.map((k) => (
            <button
              key={k}
              type="button"
              className="quiet"
              aria-pressed={k === kind}
              onClick={() => go({ kind: k, personal })}
            >
              {words.rightKinds[k]}
            </button>
          ))}
        </fieldset>
        <label className="choice">
          <input type="checkbox" checked={personal} onChange={() => go({ kind, personal: !personal })} />{" "}
          {words.showPersonal}
        </label>
      </div>
      {list.error && <Fault error={list.error} retry={() => void list.refetch()} />}
      {list.isPending && <Loading />}
      {list.data && shown.length === 0 && <Empty title={words.empty} text={words.emptyText} />}
      {shown.length > 0 && (
        <table className="table matrix">
          <thead>
            <tr>
              <th scope="col">{words.one}</th>
              <th scope="col" className="right">
                {words.members}
              </th>
              {columns.map((r) => (
                <th key={r} scope="col" className="middle" title={words.rightHint[r] ?? ""}>
                  {words.right[nameOf(r)] ?? nameOf(r)}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {shown.map(({ group, depth }) => (
              <tr key={group.id}>
                <th scope="row" className={depth > 0 ? "below" : ""}>
                  <Link to="/admin/groups/$id" params={{ id: String(group.id) }} className="row-link">
                    <bdi>{group.name}</bdi>
                  </Link>{" "}
                  {group.kind !== "ordinary" && <span className="secondary small">{words.kinds[group.kind]}</span>}
                </th>
                <td className="right num secondary">
                  {group.kind === "public" ? words.everybody : whole(group.members, m.locale)}
                </td>
                {columns.map((right) => (
                  <Cell
                    key={right}
                    group={group}
                    right={right}
                    pending={pending}
                    edit={admin}
                    onTurn={() => setPending(turn(pending, group.id, right))}
                  />
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      )}
      <p className="secondary small">{words.inherit}</p>
      {pending.size > 0 && <Changes all={all} pending={pending} onDone={() => setPending(new Map())} />}
      {making && <NewGroup all={all} onClose={() => setMaking(false)} />}
    </Page>
  );
}

function Cell({
  group,
  right,
  pending,
  edit,
  onTurn,
}: {
  group: Group;
  right: string;
  pending: Pending;
  edit: boolean;
  onTurn: () => void;
}) {
  const words = useMessages().admin.groups;
  const has = holds(group, right, pending);
  const changed = pending.get(group.id)?.has(right) ?? false;
  // Everybody may read what is public, and do nothing else with it.
  const fixed = group.kind === "public" && nameOf(right) !== "read";
  if (!edit || fixed)
    return (
      <td className="middle">
        <span aria-hidden>{has ? "●" : "·"}</span>
        <span className="visually-hidden">{has ? words.has : words.hasNot}</span>
      </td>
    );
  return (
    <td className={changed ? "middle changed" : "middle"}>
      <input
        type="checkbox"
        checked={has}
        aria-label={`${group.name}: ${words.right[nameOf(right)] ?? nameOf(right)}`}
        onChange={onTurn}
      />
    </td>
  );
}

/** Changes wait here until somebody has read them in words and says yes. */
function Changes({ all, pending, onDone }: { all: readonly Group[]; pending: Pending; onDone: () => void }) {
  const m = useMessages();
  const words = m.admin.groups;
  const client = useQueryClient();
  const [asking, setAsking] = useState(false);
  const changed = all.filter((g) => pending.has(g.id));
  const n = [...pending.values()].reduce((sum, rights) => sum + rights.size, 0);
  const save = useMutation({
    mutationFn: async () => {
      for (const g of changed)
        await call("put", "/api/v1/groups/{id}/rights", { path: { id: g.id }, body: { rights: wanted(g, pending) } });
    },
    onSuccess: onDone,
    onSettled: () => client.invalidateQueries({ queryKey: ["groups"] }),
  });
  const label = (right: string) =>
    `${words.rightKinds[right.slice(0, right.indexOf(":"))] ?? ""}: ${words.right[nameOf(right)] ?? right}`;
  return (
    <div className="pending-bar" role="status">
      <strong>{words.changes(n)}</strong>
      <span className="spring" />
      <button type="button" className="button" onClick={onDone}>
        {words.discard}
      </button>
      <button type="button" className="button primary" onClick={() => setAsking(true)}>
        {words.review}
      </button>
      <Dialog opened={asking} onClose={() => setAsking(false)} title={words.changes(n)} size="lg">
        {changed.map((g) => (
          <section key={g.id}>
            <h3>
              <bdi>{g.name}</bdi>{" "}
              <span className="secondary small">{g.kind === "public" ? words.everybody : words.people(g.members)}</span>
            </h3>
            <ul className="plain-list">
              {[...(pending.get(g.id) ?? [])].map((right) => (
                <li key={right} className={g.rights.includes(right) ? "removed" : "added"}>
                  {g.rights.includes(right) ? words.takes(label(right)) : words.gives(label(right))}
                </li>
              ))}
            </ul>
          </section>
        ))}
        {save.error && <Fault error={save.error} />}
        <div className="form-actions">
          <button type="button" className="button" onClick={() => setAsking(false)}>
            {m.server.common.cancel}
          </button>
          <button type="button" className="button primary" disabled={save.isPending} onClick={() => save.mutate()}>
            {words.apply}
          </button>
        </div>
      </Dialog>
    </div>
  );
}
