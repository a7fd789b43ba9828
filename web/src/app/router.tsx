/**
 * Pages by address. Those of the server are behind the sign-in, in chunks of their own: who opens a file of this computer
 * loads none of them. An address is all that a page needs: it can be sent to somebody, or opened again tomorrow.
 */
import { createBrowserHistory, createRouter } from "@tanstack/react-router";
import { BASE, inside as insideBase, outside } from "../api/base";
import { ApiError } from "../api/problem";
import { queryClient, whoami } from "../api/queries";
import { Failure } from "./Failure";
import { administrationRoutes } from "./routes/admin";
import { authRoutes } from "./routes/auth";
import { openRoutes } from "./routes/open";
import { ownRoutes } from "./routes/own";
import { resultRoutes } from "./routes/result";
import { root } from "./routes/root";
import { setRoutes } from "./routes/sets";
import { inside, wide } from "./routes/signedIn";
import { parseSearch, stringifySearch } from "./search";
import type { Session } from "./session";

const tree = root.addChildren([
  ...openRoutes,
  ...authRoutes,
  inside.addChildren([...setRoutes, ...ownRoutes, administrationRoutes]),
  wide.addChildren([...resultRoutes]),
]);

/** Addresses of the browser, whose path is longer than ours below another one. */
function history() {
  return createBrowserHistory({
    createHref: (address) => outside(address),
    parseLocation: () => {
      const { search, hash } = window.location;
      const pathname = insideBase(window.location.pathname);
      return { href: `${pathname}${search}${hash}`, pathname, search, hash, state: window.history.state };
    },
  });
}

export function makeRouter(session: Session) {
  const router = createRouter({
    routeTree: tree,
    ...(BASE === "" ? {} : { history: history() }),
    context: { session },
    parseSearch,
    stringifySearch,
    defaultPreload: false,
    defaultErrorComponent: Failure,
  });
  // A session that has ended is noticed by whatever is asked next. What was typed is kept as a draft.
  queryClient.getQueryCache().subscribe((event) => {
    if (event.type !== "updated" || event.action.type !== "error") return;
    const { error } = event.action as { error?: unknown };
    const { pathname, href } = router.state.location;
    if (!(error instanceof ApiError) || error.status !== 401 || pathname === "/sign-in") return;
    queryClient.removeQueries({ queryKey: whoami.queryKey });
    void router.navigate({ to: "/sign-in", search: { next: href } });
  });
  return router;
}

declare module "@tanstack/react-router" {
  interface Register {
    router: ReturnType<typeof makeRouter>;
  }
}
