/** Who uses how much of the server. */
import { useQuery } from "@tanstack/react-query";
import { Link, useSearch } from "@tanstack/react-router";
import { link } from "../../api/client";
import { UsageTable } from "../account/UsageTable";
import { Empty, Fault, Loading, Page, useMessages } from "../server/parts";
import { usage } from "./queries";

export function UsagePage() {
  const m = useMessages();
  const words = m.people.usage;
  const { of = "people" } = useSearch({ from: "/in/admin/usage" });
  const list = useQuery(usage(of));
  const address = of === "people" ? "/api/v1/usage/people.tsv" : "/api/v1/usage/groups.tsv";
  return (
    <Page
      title={words.title}
      ready={!list.isPending}
      actions={
        <a className="button" href={link(address)} download>
          {words.table}
        </a>
      }
    >
      <p className="secondary">{words.text}</p>
      <nav className="tabs" aria-label={words.title}>
        {(["people", "groups"] as const).map((each) => (
          <Link
            key={each}
            to="/admin/usage"
            search={each === "people" ? {} : { of: each }}
            replace
            className="tab"
            activeOptions={{ exact: true }}
            activeProps={{}}
            aria-current={each === of ? "page" : undefined}
          >
            {words[each]}
          </Link>
        ))}
      </nav>
      {list.error && <Fault error={list.error} retry={() => void list.refetch()} />}
      {list.isPending && <Loading />}
      {list.data && list.data.items.length === 0 && <Empty title={words.empty} />}
      {list.data && list.data.items.length > 0 && <UsageTable rows={list.data.items} of={of} links />}
    </Page>
  );
}
