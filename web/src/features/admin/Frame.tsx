/** What the pages of the administration have above them: the way from one to another. */
import { useQuery } from "@tanstack/react-query";
import { Link, Outlet } from "@tanstack/react-router";
import { whoami } from "../../api/queries";
import { useMessages } from "../server/parts";
import "./admin.css";

const PAGES = [
  { id: "server", to: "/admin", admin: true },
  { id: "users", to: "/admin/users", admin: true },
  { id: "groups", to: "/admin/groups", admin: false },
  { id: "configs", to: "/admin/configs", admin: false },
  { id: "preProcesses", to: "/admin/pre-processes", admin: false },
  { id: "notifications", to: "/admin/notifications", admin: true },
  { id: "mails", to: "/admin/mails", admin: true },
  { id: "usage", to: "/admin/usage", admin: true },
  { id: "retention", to: "/admin/retention", admin: true },
  { id: "audit", to: "/admin/audit", admin: true },
  { id: "log", to: "/admin/log", admin: true },
] as const;

export function Frame() {
  const m = useMessages();
  const admin = useQuery(whoami).data?.admin ?? false;
  return (
    <>
      <nav className="admin-nav" aria-label={m.admin.nav.label}>
        {PAGES.filter((p) => admin || !p.admin).map((p) => (
          <Link
            key={p.id}
            to={p.to}
            className="tab"
            activeOptions={{ exact: p.id === "server", includeSearch: false }}
            activeProps={{ "aria-current": "page" }}
          >
            {{ ...m.admin.nav, ...m.people.nav }[p.id]}
          </Link>
        ))}
      </nav>
      <Outlet />
    </>
  );
}
