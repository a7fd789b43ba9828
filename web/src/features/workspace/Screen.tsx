import { effect } from "@preact/signals-core";
import { lazy, Suspense, useEffect, useState } from "react";
import { Group, Panel, Separator, useDefaultLayout } from "react-resizable-panels";
import { useSession } from "../../app/useSession";
import { commandForKey } from "../../core/commands";
import { nameOf } from "../../core/name";
import { decode, encode } from "../../core/url";
import type { Workspace } from "../../core/workspace";
import { messages, tagNames } from "../../i18n";
import { useSignal } from "../../ui/useSignal";
import { colorForKey } from "./ColorMenu";
import type { Origin } from "./context";
import { WorkspaceContext } from "./context";
import { GraphPane } from "./GraphPane";
import { Info } from "./Info";
import { List } from "./List";
import { PlotPane } from "./PlotPane";
import { Sequences } from "./Sequences";
import { tagForKey } from "./TagMenu";
import { TopBar } from "./TopBar";
import "./workspace.css";
import "./sequences.css";

/** The workspace of what is open: list, graph, plots and sequences, with one selection. */
export function Screen({ origin = "local" }: { origin?: Origin }) {
  const session = useSession();
  const ws = useSignal(session.workspace);
  const notices = useSignal(session.notices);
  const m = useSignal(messages);
  const [help, setHelp] = useState(false);
  useEffect(() => (ws ? keepAddress(ws) : undefined), [ws]);
  useEffect(() => (ws ? nameTags(ws) : undefined), [ws]);
  useEffect(() => (ws ? listenToKeys(ws, () => setHelp(true)) : undefined), [ws]);
  useEffect(() => (ws && origin !== "server" ? guardUnsaved(ws) : undefined), [ws, origin]);
  if (!ws) return null;
  return (
    <WorkspaceContext value={ws}>
      <div className="workspace" data-ready>
        <TopBar origin={origin} onHelp={() => setHelp(true)} />
        {notices.map((notice) => (
          <p key={notice(m)} className="notice" role="status">
            {notice(m)}
          </p>
        ))}
        <Panels many={ws.table.samples.length > 1} systems={ws.systems().length} />
        <Status origin={origin} />
      </div>
      <OpenDetails ws={ws} />
      <Suspense>{help && <Help opened onClose={() => setHelp(false)} />}</Suspense>
    </WorkspaceContext>
  );
}

/** Read when somebody opens them. */
const Details = lazy(() => import("./Details").then((m) => ({ default: m.Details })));
const Help = lazy(() => import("./Help").then((m) => ({ default: m.Help })));

function OpenDetails({ ws }: { ws: Workspace }) {
  const row = useSignal(ws.details);
  return <Suspense>{row !== null && <Details />}</Suspense>;
}

/** Heights that the facts of a sample take, with two lines of legend, and each line of its loci, in pixels. */
const [INFO, SYSTEMS] = [182, 26];

/** Sizes of panels last: each group is remembered in the browser. */
function Panels({ many, systems }: { many: boolean; systems: number }) {
  const columns = useDefaultLayout({ id: "vidjil.columns", storage: localStorage });
  const left = useDefaultLayout({ id: "vidjil.left", storage: localStorage });
  const right = useDefaultLayout({ id: many ? "vidjil.right" : "vidjil.right.one", storage: localStorage });
  const plots = useDefaultLayout({ id: "vidjil.plots", storage: localStorage });
  return (
    <Group className="panels" {...columns}>
      <Panel id="left" defaultSize="29%" minSize="280px">
        <Group orientation="vertical" {...left}>
          <Panel
            id="info"
            defaultSize={INFO + Math.ceil(systems / 3) * SYSTEMS}
            minSize="120px"
            groupResizeBehavior="preserve-pixel-size"
          >
            <Info />
          </Panel>
          <Separator className="separator" />
          <Panel id="list" minSize="160px">
            <List />
          </Panel>
        </Group>
      </Panel>
      <Separator className="separator" />
      <Panel id="right" minSize="480px">
        <Group orientation="vertical" {...right}>
          {many && (
            <Panel id="graph" defaultSize="34%" minSize="120px">
              <GraphPane />
            </Panel>
          )}
          {many && <Separator className="separator" />}
          <Panel id="plots" minSize="160px">
            <Group {...plots}>
              <Panel id="plot1" defaultSize="56%" minSize="240px">
                <PlotPane pane={0} />
              </Panel>
              <Separator className="separator" />
              <Panel id="plot2" minSize="220px">
                <PlotPane pane={1} />
              </Panel>
            </Group>
          </Panel>
          <Separator className="separator" />
          <Panel id="sequences" defaultSize="22%" minSize="64px">
            <Sequences />
          </Panel>
        </Group>
      </Panel>
    </Group>
  );
}

/** What is pointed at, in full; and what sizes are shares of. */
function Status({ origin }: { origin: Origin }) {
  const session = useSession();
  const ws = session.workspace.peek()!;
  const m = useSignal(messages);
  const hover = useSignal(ws.hover);
  const doc = useSignal(ws.doc);
  const exported = useSignal(ws.exported);
  const unsaved = exported !== doc;
  return (
    <footer className="status">
      <span className="status-name">
        {hover !== null && <bdi>{nameOf(ws.table, doc, hover, { alleles: "always", lettersOfN: 20 })}</bdi>}
      </span>
      {hover !== null && <span className="mono">{ws.table.cdr3aa.at(hover)}</span>}
      <span className="spring" />
      {origin !== "server" && unsaved && <span>{m.topbar.unsaved}</span>}
      {origin === "local" && <span>{m.topbar.local}</span>}
    </footer>
  );
}

/** Tags are called as in the open result, as long as it is open. */
function nameTags(ws: Workspace): () => void {
  const stop = effect(() => {
    tagNames.value = ws.doc.value.tagNames;
  });
  return () => {
    stop();
    tagNames.value = new Map();
  };
}

/** The view stands in the address, written when it has been still for a moment; it never goes through the router. */
function keepAddress(ws: Workspace): () => void {
  const initial = ws.view();
  ws.restore(decode(location.search));
  let timer = 0;
  const stop = effect(() => {
    const query = encode(ws.view(), initial);
    clearTimeout(timer);
    timer = window.setTimeout(
      () => history.replaceState(history.state, "", query === "" ? location.pathname : `?${query}`),
      250,
    );
  });
  return () => {
    clearTimeout(timer);
    stop();
  };
}

const isTyping = (e: KeyboardEvent): boolean =>
  e.target instanceof Element &&
  e.target.closest(
    "input:not([type=checkbox]):not([type=range]), textarea, select, [contenteditable], [role=dialog], [role=menu], [role=separator]",
  ) !== null;

function listenToKeys(ws: Workspace, onHelp: () => void): () => void {
  const press = (e: KeyboardEvent) => {
    if (isTyping(e) || e.defaultPrevented) return;
    if (e.key === "?") {
      onHelp();
      return;
    }
    // Who types fast is not held up by a menu that is still being read.
    const tag = ws.tagging.peek() ? tagForKey(e) : undefined;
    if (tag !== undefined) {
      e.preventDefault();
      ws.commit({ kind: "tag", ids: ws.idsOf(ws.selectedRows.peek()), tag });
      ws.tagging.value = false;
      return;
    }
    const color = ws.painting.peek() ? colorForKey(e) : undefined;
    if (color !== undefined) {
      e.preventDefault();
      ws.commit({ kind: "color", ids: ws.idsOf(ws.selectedRows.peek()), color });
      ws.painting.value = false;
      return;
    }
    const command = commandForKey(e, ws);
    if (!command) return;
    e.preventDefault();
    command.run(ws);
  };
  window.addEventListener("keydown", press);
  return () => window.removeEventListener("keydown", press);
}

/** A local file has nowhere to be saved to but an export: leaving with changes asks. */
function guardUnsaved(ws: Workspace): () => void {
  const ask = (e: BeforeUnloadEvent) => {
    if (ws.exported.peek() !== ws.doc.peek()) e.preventDefault();
  };
  window.addEventListener("beforeunload", ask);
  return () => window.removeEventListener("beforeunload", ask);
}
