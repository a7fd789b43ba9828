import { useQuery } from "@tanstack/react-query";
import { link } from "../../api/client";
import { Tile } from "../admin/parts";
import { bytesText, whole } from "../server/format";
import { Fault, Loading, useMessages } from "../server/parts";
import { ownUsage } from "./queries";
import { UsageTable } from "./UsageTable";

/** What one made, and what one's groups take. */
export function OwnUsage() {
  const m = useMessages();
  const words = m.people.usage;
  const list = useQuery(ownUsage);
  const mine = list.data?.person;
  return (
    <section className="block">
      <h2>{words.mine}</h2>
      <p className="secondary">{words.text}</p>
      {list.error && <Fault error={list.error} retry={() => void list.refetch()} />}
      {list.isPending && <Loading />}
      {mine && (
        <>
          <h3>{words.made}</h3>
          <dl className="tiles">
            <Tile label={words.patients} value={whole(mine.patients, m.locale)} />
            <Tile label={words.samples} value={whole(mine.samples, m.locale)} />
            <Tile label={words.results} value={whole(mine.results, m.locale)} />
            <Tile label={words.bytes} value={bytesText(mine.bytes, m.locale)} />
          </dl>
        </>
      )}
      {list.data && list.data.groups.length > 0 && (
        <>
          <h3>{words.mySpace}</h3>
          <UsageTable rows={list.data.groups} of="groups" />
          <p>
            <a className="plain-link small" href={link("/api/v1/me/usage.tsv")} download>
              {words.table}
            </a>
          </p>
        </>
      )}
    </section>
  );
}
