/** Results: each takes the whole window. */
import { createRoute, lazyRouteComponent, notFound } from "@tanstack/react-router";
import { withWords } from "../../i18n";
import { report } from "./open";
import { wide } from "./signedIn";

const result = createRoute({
  getParentRoute: () => wide,
  path: "/a/$result",
  component: lazyRouteComponent(
    withWords(["sequenceWork"], () => import("../../features/result/ResultPage")),
    "ResultPage",
  ),
});
/** Chosen samples side by side, named by the address alone, as 3-12_15_20: the query is the workspace's. */
const compare = createRoute({
  getParentRoute: () => wide,
  path: "/compare/$of",
  component: lazyRouteComponent(
    withWords(["lists", "sequenceWork"], () => import("../../features/sets/ComparePage")),
    "ComparePage",
  ),
});
const resultReport = createRoute({
  getParentRoute: () => wide,
  path: "/a/$result/report",
  component: lazyRouteComponent(report, "ServerReport"),
});

const oldLink = () => import("../../features/start/OldLink");

/** Addresses of the original's client. */
const permalink = createRoute({
  getParentRoute: () => wide,
  path: "/permalink",
  component: lazyRouteComponent(oldLink, "OldLink"),
});
const setAndConfig = createRoute({
  getParentRoute: () => wide,
  path: "/$numbers",
  beforeLoad: ({ params }) => {
    if (!/^\d+-\d+$/.test(params.numbers)) throw notFound();
  },
  component: lazyRouteComponent(oldLink, "OldLink"),
});

export const resultRoutes = [compare, resultReport, permalink, setAndConfig, result] as const;
