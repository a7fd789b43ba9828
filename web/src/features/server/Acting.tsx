import type { QueryClient } from "@tanstack/react-query";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Outlet, useNavigate } from "@tanstack/react-router";
import { call } from "../../api/client";
import { whoami } from "../../api/queries";
import { useMessages } from "./parts";
import { Alert } from "./Site";
import "./acting.css";

/** What was read with the rights of somebody else is read anew. */
export const forgetOthers = (client: QueryClient): Promise<void> =>
  client.resetQueries({ predicate: (query) => query.queryKey[0] !== whoami.queryKey[0] });

/** Says on every page in whose account an administrator acts, with one click back. */
export function Acting({ floating = false }: { floating?: boolean }) {
  const m = useMessages();
  const client = useQueryClient();
  const navigate = useNavigate();
  const who = useQuery(whoami).data;
  if (!who?.acted_by) return null;
  const stop = async () => {
    const id = who.user?.id;
    await call("delete", "/api/v1/session/behalf");
    await client.fetchQuery({ ...whoami, staleTime: 0 });
    await navigate(id ? { to: "/admin/users/$id", params: { id: String(id) } } : { to: "/patients" });
    await forgetOthers(client);
  };
  return (
    <div className={floating ? "acting floating" : "acting"} role="status">
      <span>{m.server.acting.text(who.user?.name ?? "")}</span>
      <button type="button" className="button" onClick={() => void stop()}>
        {m.server.acting.stop}
      </button>
    </div>
  );
}

/** The frame of what takes the whole window. */
export function Wide() {
  return (
    <>
      <Outlet />
      <Alert floating />
      <Acting floating />
    </>
  );
}
