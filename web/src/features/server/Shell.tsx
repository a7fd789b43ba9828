/** What is around every page of somebody who is signed in: navigation, what is under way, the person. */
import { IconUser } from "@tabler/icons-react";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, Outlet, useNavigate, useRouterState } from "@tanstack/react-router";
import { lazy, Suspense, useEffect } from "react";
import { outside } from "../../api/base";
import { call, leave } from "../../api/client";
import { liveJobs, notifications, set, whoami } from "../../api/queries";
import type { Kind } from "../../api/types";
import { KINDS } from "../../api/types";
import { withWords } from "../../i18n";
import { Menu } from "../../ui/Menu";
import { useSignal } from "../../ui/useSignal";
import { Mark } from "../start/StartPage";
import { uploads } from "../upload/queue";
import { unfinished } from "../upload/unfinished";
import { Acting } from "./Acting";
import { forgetAll } from "./draft";
import { events, listPath } from "./live";
import { Languages, SchemeButton } from "./look";
import { useMessages } from "./parts";
import { Alert, Foot } from "./Site";
import "./server.css";

export function Shell() {
  const m = useMessages();
  useEffect(() => {
    events.start();
    return () => events.stop();
  }, []);
  return (
    <div className="server shell">
      <a className="skip" href="#content">
        {m.server.nav.skip}
      </a>
      <Alert />
      <Header />
      <Acting />
      <Notices />
      <Outlet />
      <Foot />
      <Uploads />
    </div>
  );
}

const Tray = lazy(withWords(["lists"], () => import("../upload/Tray").then((it) => ({ default: it.Tray }))));

/** The tray comes with the first upload, or when some had not ended. */
function Uploads() {
  const any = useSignal(uploads.items).length + useSignal(unfinished).length > 0;
  return <Suspense>{any && <Tray />}</Suspense>;
}

export function Header() {
  const m = useMessages();
  const current = useCurrentKind();
  const running = useQuery(liveJobs).data?.items.length ?? 0;
  const sending = useSignal(uploads.active);
  const admin = useQuery(whoami).data?.admin ?? false;
  return (
    <header className="header">
      <Link to="/patients" className="brand">
        <Mark size={22} /> {m.app}
      </Link>
      <nav aria-label={m.server.nav.label}>
        {KINDS.map((kind) => (
          <Link
            key={kind}
            to={listPath(kind)}
            className="nav"
            activeOptions={{ exact: true }}
            aria-current={kind === current ? "page" : undefined}
          >
            {m.server.nav[kind as "patient" | "run" | "set"]}
          </Link>
        ))}
        <span className="divider" />
        <Link to="/jobs" className="nav" activeProps={{ "aria-current": "page" }}>
          {m.server.nav.jobs}
          {running > 0 && <span className="badge num">{running}</span>}
        </Link>
        {admin && (
          <Link to="/admin" className="nav" activeProps={{ "aria-current": "page" }}>
            {m.server.nav.admin}
          </Link>
        )}
        {sending > 0 && (
          <span className="nav" role="status">
            {m.server.upload.tray(sending)}
          </span>
        )}
      </nav>
      <span className="spring" />
      <Languages />
      <SchemeButton />
      <PersonMenu />
    </header>
  );
}

/** The list that the page belongs to: itself, or that of the set on it. */
function useCurrentKind(): Kind | undefined {
  const path = useRouterState({ select: (s) => s.location.pathname });
  const id = Number(/^\/sets\/(\d+)/.exec(path)?.[1] ?? 0);
  const shown = useQuery({ ...set(id), enabled: id > 0 }).data?.kind;
  return id > 0 ? shown : KINDS.find((kind) => path === listPath(kind));
}

function PersonMenu() {
  const m = useMessages();
  const navigate = useNavigate();
  const client = useQueryClient();
  const who = useQuery(whoami).data;
  const out = async () => {
    const elsewhere = await leave().catch(() => null);
    uploads.forgetAll();
    forgetAll();
    events.stop();
    client.clear();
    if (elsewhere) window.location.assign(elsewhere);
    else await navigate({ to: "/sign-in", search: {} });
  };
  return (
    <Menu
      position="bottom-end"
      target={
        <button type="button" className="quiet">
          <IconUser size={16} stroke={1.6} aria-hidden /> <bdi>{who?.user?.name ?? ""}</bdi>
        </button>
      }
    >
      <Menu.Item onClick={() => void navigate({ to: "/account" })}>{m.server.nav.account}</Menu.Item>
      {who && !who.admin && (
        <Menu.Item onClick={() => void navigate({ to: "/admin/configs", search: {} })}>
          {m.server.nav.settings}
        </Menu.Item>
      )}
      <Menu.Item onClick={() => void navigate({ to: "/trash" })}>{m.server.nav.trash}</Menu.Item>
      <Menu.Item onClick={() => void navigate({ to: "/open" })}>{m.server.nav.openLocal}</Menu.Item>
      <Menu.Item onClick={() => window.open(outside("/help/"), "_blank", "noopener")}>{m.server.nav.manual}</Menu.Item>
      <Menu.Divider />
      <Menu.Item onClick={() => void out()}>{m.server.nav.signOut}</Menu.Item>
    </Menu>
  );
}

/** Messages of the administrators, until they were read. */
function Notices() {
  const m = useMessages();
  const client = useQueryClient();
  const list = useQuery(notifications).data?.items.filter((n) => n.place === "header" && !n.read) ?? [];
  const read = async (id: number) => {
    await call("put", "/api/v1/notifications/{id}/read", { path: { id } });
    await client.invalidateQueries({ queryKey: ["notifications"] });
  };
  return list.map((n) => (
    <div key={n.id} className={`banner ${n.priority}`} role="status">
      <strong>{n.title}</strong> <span>{n.body}</span>
      <span className="spring" />
      <button type="button" className="quiet" onClick={() => void read(n.id)}>
        {m.server.common.close}
      </button>
    </div>
  ));
}

/** An address that means nothing here. */
export function NotFound() {
  const m = useMessages();
  const path = useRouterState({ select: (s) => s.location.pathname });
  return (
    <main id="content" className="server page narrow" data-ready>
      <div className="empty">
        <h1>{m.server.common.notFound}</h1>
        <p className="mono">{path}</p>
        <Link to="/" className="button">
          {m.server.common.back}
        </Link>
      </div>
    </main>
  );
}
