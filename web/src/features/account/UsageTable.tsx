/** Usage as a table: of people, or of groups. */
import { Link } from "@tanstack/react-router";
import { bytesText, timeText, whole } from "../server/format";
import { useMessages } from "../server/parts";
import type { Usage } from "./queries";

const jobsOf = (u: Usage): number => Object.values(u.jobs).reduce((a, b) => a + b, 0);

/** links: to pages of the administration, for those who may open them. */
export function UsageTable({
  rows,
  of,
  links = false,
}: {
  rows: readonly Usage[];
  of: "people" | "groups";
  links?: boolean;
}) {
  const m = useMessages();
  const words = m.people.usage;
  const num = (n: number) => <td className="right num">{n > 0 ? whole(n, m.locale) : ""}</td>;
  const failed = (u: Usage) => u.jobs.failed ?? 0;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by the keyboard
    <section className="scroll-x" tabIndex={0} aria-label={of === "people" ? words.people : words.groups}>
      <table className="table">
        <thead>
          <tr>
            <th>{of === "people" ? words.person : words.group}</th>
            {of === "groups" && <th className="right">{words.members}</th>}
            <th className="right">{words.patients}</th>
            <th className="right">{words.runs}</th>
            <th className="right">{words.sets}</th>
            <th className="right">{words.samples}</th>
            <th className="right">{words.results}</th>
            <th className="right">{words.bytes}</th>
            <th className="right">{words.jobs}</th>
            <th className="right">{of === "people" ? words.lastLogin : words.lastResult}</th>
          </tr>
        </thead>
        <tbody>
          {rows.map((u) => (
            <tr key={u.id}>
              <td>
                {links ? (
                  <Link
                    to={of === "people" ? "/admin/users/$id" : "/admin/groups/$id"}
                    params={{ id: String(u.id) }}
                    className="row-link"
                  >
                    <bdi>{u.name}</bdi>
                  </Link>
                ) : (
                  <bdi>{u.name}</bdi>
                )}
              </td>
              {of === "groups" && num(u.members ?? 0)}
              {num(u.patients)}
              {num(u.runs)}
              {num(u.sets)}
              {num(u.samples)}
              {num(u.results)}
              <td className="right num nowrap">
                {u.bytes > 0 || u.quota_bytes ? bytesText(u.bytes, m.locale) : ""}
                {u.quota_bytes ? (
                  <div className="secondary small">
                    {words.quota} {bytesText(u.quota_bytes, m.locale)}
                  </div>
                ) : null}
              </td>
              <td className="right num nowrap">
                {jobsOf(u) > 0 ? whole(jobsOf(u), m.locale) : ""}
                {failed(u) > 0 && <div className="field-fault small">{words.failed(failed(u))}</div>}
              </td>
              <td className="right num nowrap secondary">
                {timeText(of === "people" ? u.last_login_at : u.last_result_at, m.locale)}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
