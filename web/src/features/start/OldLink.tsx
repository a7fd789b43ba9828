/** An address of the original's client: it is looked up, and its page takes its place. */
import { useQuery } from "@tanstack/react-query";
import { useLocation, useRouter } from "@tanstack/react-router";
import { useEffect } from "react";
import { bytes, call } from "../../api/client";
import { decodeArrow } from "../../core/decode/arrow";
import { oldPlot } from "../../core/permalink";
import { Empty, Fault, Loading, Page, useMessages } from "../server/parts";

/** Clonotypes stand in old addresses by their place in the list; ids last longer. */
async function idsOf(set: number, config: number, places: readonly number[]): Promise<readonly string[]> {
  if (places.length === 0) return [];
  const columns = await bytes("/api/v1/sets/{id}/fused/clones.arrow", {
    path: { id: set },
    query: { config_id: config, fields: ["id"] },
  });
  const { id, rows } = decodeArrow(columns, "");
  return places.filter((place) => place < rows).map((place) => id.at(place));
}

/** The address here that shows the same; "" when there is none. */
async function resolve(path: string, query: URLSearchParams): Promise<string> {
  const asked = Object.fromEntries([...new Set(query.keys())].map((name) => [name, query.getAll(name).join(",")]));
  const found = await call("get", "/api/v1/permalink", { query: { ...asked, path } });
  if (!found.set_id) return "";
  if (!found.config_id) return `/sets/${found.set_id}`;
  const out = new URLSearchParams();
  const plot = oldPlot(found.plot ?? "");
  if (plot) out.set("p1", `${plot.mode}:${plot.x}:${plot.y}`);
  const ids = await idsOf(found.set_id, found.config_id, found.clones ?? []);
  if (ids.length > 0) out.set("clone", ids.join(","));
  return `/a/${found.set_id}-${found.config_id}${out.size > 0 ? `?${out}` : ""}`;
}

export function OldLink() {
  const m = useMessages();
  const { history, basepath } = useRouter();
  const path = useLocation({ select: (l) => l.pathname });
  const found = useQuery({
    queryKey: ["permalink", window.location.pathname, window.location.search],
    queryFn: () => resolve(path, new URLSearchParams(window.location.search)),
    gcTime: 0,
  });
  useEffect(() => {
    if (found.data) history.replace(basepath.replace(/\/+$/, "") + found.data);
  }, [found.data, history, basepath]);
  return (
    <Page title={m.app} ready={found.isError || found.data === ""}>
      {found.error ? (
        <Fault error={found.error} />
      ) : found.data === "" ? (
        <Empty title={m.start.address.custom} />
      ) : (
        <>
          <p className="secondary">{m.start.address.permalink}</p>
          <Loading />
        </>
      )}
    </Page>
  );
}
