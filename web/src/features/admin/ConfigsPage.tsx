import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { configs, groups, whoami } from "../../api/queries";
import { useGroupName } from "../server/group";
import { Empty, Fault, Loading, Page, useMessages } from "../server/parts";
import type { Config } from "./queries";

/** The ways to analyse that one may use, under their headings. */
export function ConfigsPage() {
  const m = useMessages();
  const words = m.admin.configs;
  const { archived = false } = useSearch({ from: "/in/admin/configs" });
  const navigate = useNavigate();
  const list = useQuery(configs);
  const may = useOwners("config").length > 0;
  const all = list.data?.items ?? [];
  const shown = all.filter((c) => archived || !c.archived);
  const headings = [...(list.data?.classifications ?? []), { id: 0, name: words.noClassification }];
  const old = all.filter((c) => c.archived).length;
  return (
    <Page
      title={words.title}
      ready={!list.isPending}
      actions={
        may && (
          <>
            <Link to="/admin/configs/import" className="button">
              {words.import}
            </Link>
            <Link to="/admin/configs/new" className="button primary">
              {words.create}
            </Link>
          </>
        )
      }
    >
      <p className="secondary">{words.text}</p>
      {old > 0 && (
        <div className="toolbar">
          <label className="choice">
            <input
              type="checkbox"
              checked={archived}
              onChange={() =>
                void navigate({ to: "/admin/configs", search: archived ? {} : { archived: true }, replace: true })
              }
            />{" "}
            {words.showArchived(old)}
          </label>
        </div>
      )}
      {list.error && <Fault error={list.error} retry={() => void list.refetch()} />}
      {list.isPending && <Loading />}
      {list.data && shown.length === 0 && <Empty title={m.server.set.noConfig} />}
      {headings.map((h) => {
        const rows = shown.filter((c) => (c.classification_id ?? 0) === h.id);
        return rows.length === 0 ? null : <Heading key={h.id} title={h.name} rows={rows} />;
      })}
    </Page>
  );
}

function Heading({ title, rows }: { title: string; rows: readonly Config[] }) {
  const words = useMessages().admin.configs;
  const name = useGroupNames();
  return (
    <section className="listing">
      <h2>{title}</h2>
      <table className="table fixed">
        <thead>
          <tr>
            <th className="w-name">{words.name}</th>
            <th>{words.info}</th>
            <th className="w-small">{words.program}</th>
            <th className="w-small right">{words.revision}</th>
            <th className="w-group">{words.owner}</th>
            <th className="w-group">{words.sharedWith}</th>
          </tr>
        </thead>
        <tbody>
          {rows.map((c) => (
            <tr key={c.id} className={c.archived ? "closed" : ""}>
              <td>
                <Link to="/admin/configs/$id" params={{ id: String(c.id) }} className="row-link">
                  <bdi>{c.name}</bdi>
                </Link>{" "}
                {c.archived && <span className="secondary small">{words.archived}</span>}
              </td>
              <td className="secondary">{c.info}</td>
              <td>{words.programs[c.program] ?? c.program}</td>
              <td className="right num">{c.revision}</td>
              <td>{name(c.group_id)}</td>
              <td className="secondary">{c.shared_with.map(name).join(", ")}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

/** The groups that a config or a pre-process of one's making can belong to, those of several people first. */
export function useOwners(kind: "config" | "preprocess"): readonly number[] {
  const who = useQuery(whoami).data;
  const list = useQuery(groups).data?.items ?? [];
  const targets = who?.targets[kind] ?? [];
  const rank = { ordinary: 0, public: 1, personal: 2 } as const;
  const offered = list.filter((g) => targets.includes(g.id) || (who?.admin && g.kind !== "personal"));
  const sorted = offered.sort((a, b) => rank[a.kind] - rank[b.kind] || a.name.localeCompare(b.name)).map((g) => g.id);
  return [...sorted, ...targets.filter((id) => !sorted.includes(id))];
}

/** Names of groups by number; of those that one may not see, the number. */
export function useGroupNames(): (id: number) => string {
  const words = useMessages().admin.groups;
  const list = useQuery(groups).data?.items ?? [];
  const own = useQuery(whoami).data?.groups ?? [];
  const name = useGroupName();
  const names = new Map([...own, ...list].map((g) => [g.id, name(g)]));
  return (id) => names.get(id) ?? words.unknown(id);
}

/** Groups to choose an owner from. */
export function OwnerOptions({ of }: { of: readonly number[] }) {
  const name = useGroupNames();
  return of.map((id) => (
    <option key={id} value={id}>
      {name(id)}
    </option>
  ));
}
