/** What is around every page of somebody who is signed in: navigation, what is under way, the person. */
import { Menu } from "@mantine/core";
import { IconMoon, IconSun, IconUser } from "@tabler/icons-react";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, Outlet, useNavigate, useRouterState } from "@tanstack/react-router";
import { useEffect } from "react";
import { call } from "../../api/client";
import { Events } from "../../api/events";
import { liveJobs, notifications, queryClient, set, whoami } from "../../api/queries";
import type { Kind } from "../../api/types";
import { KINDS } from "../../api/types";
import { LANGUAGES } from "../../i18n";
import { setLocale, setScheme, theme } from "../../ui/preferences";
import { useSignal } from "../../ui/useSignal";
import { Mark } from "../start/StartPage";
import { uploads } from "../upload/queue";
import { Tray } from "../upload/Tray";
import { Acting } from "./Acting";
import { forgetAll } from "./draft";
import { useMessages } from "./parts";
import "./server.css";

export const events = new Events(queryClient);

/** Listens to a set while a page shows it. */
export function useSetEvents(id: number): void {
  useEffect(() => events.watchSet(id), [id]);
}

export const listPath = (kind: Kind) =>
  (kind === "patient" ? "/patients" : kind === "run" ? "/runs" : "/sets") as "/patients" | "/runs" | "/sets";

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
      <Header />
      <Acting />
      <Notices />
      <Outlet />
      <Tray />
    </div>
  );
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
            {m.admin.nav.title}
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

export function Languages() {
  const m = useMessages();
  return (
    <>
      {LANGUAGES.map((language) => (
        <button
          key={language.locale}
          type="button"
          className="quiet"
          lang={language.locale}
          title={language.language}
          aria-label={language.language}
          aria-pressed={language.locale === m.locale}
          onClick={() => setLocale(language.locale)}
        >
          {language.locale.toUpperCase()}
        </button>
      ))}
    </>
  );
}

export function SchemeButton() {
  const m = useMessages();
  const { scheme } = useSignal(theme);
  return (
    <button
      type="button"
      className="quiet icon"
      aria-label={m.topbar.scheme}
      title={m.topbar.scheme}
      onClick={() => setScheme(scheme === "dark" ? "light" : "dark")}
    >
      {scheme === "dark" ? <IconSun size={16} stroke={1.6} /> : <IconMoon size={16} stroke={1.6} />}
    </button>
  );
}

function PersonMenu() {
  const m = useMessages();
  const navigate = useNavigate();
  const client = useQueryClient();
  const who = useQuery(whoami).data;
  const out = async () => {
    await call("delete", "/api/v1/session").catch(() => undefined);
    uploads.forgetAll();
    forgetAll();
    events.stop();
    client.clear();
    await navigate({ to: "/sign-in", search: {} });
  };
  return (
    <Menu position="bottom-end" withinPortal>
      <Menu.Target>
        <button type="button" className="quiet">
          <IconUser size={16} stroke={1.6} aria-hidden /> <bdi>{who?.user?.name ?? ""}</bdi>
        </button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item onClick={() => void navigate({ to: "/account" })}>{m.server.nav.account}</Menu.Item>
        {who && !who.admin && (
          <Menu.Item onClick={() => void navigate({ to: "/admin/configs", search: {} })}>
            {m.admin.nav.settings}
          </Menu.Item>
        )}
        <Menu.Item onClick={() => void navigate({ to: "/trash" })}>{m.server.nav.trash}</Menu.Item>
        <Menu.Item onClick={() => void navigate({ to: "/open" })}>{m.server.nav.openLocal}</Menu.Item>
        <Menu.Divider />
        <Menu.Item onClick={() => void out()}>{m.server.nav.signOut}</Menu.Item>
      </Menu.Dropdown>
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
