/** What the workspace has of reports and exports: a link and a dialog. */
import { IconFileText } from "@tabler/icons-react";
import { useParams } from "@tanstack/react-router";
import { lazy, Suspense, useRef, useState } from "react";
import { inside } from "../../api/base";
import { encode } from "../../core/url";
import { Workspace } from "../../core/workspace";
import { messages, withWords } from "../../i18n";
import { useSignal } from "../../ui/useSignal";
import { useWorkspace } from "../workspace/context";
import { ViewLink } from "./ViewLink";

const ExportDialog = lazy(
  withWords(["report"], () => import("./ExportDialog").then((it) => ({ default: it.ExportDialog }))),
);

/** The view as a query, whole: the report starts from what is on screen. */
function queryOf(ws: Workspace): string {
  const query = encode(ws.view(), new Workspace(ws.table, ws.doc.peek()).view());
  return query === "" ? "" : `?${query}`;
}

export function ReportEntry() {
  const ws = useWorkspace();
  const m = useSignal(messages);
  return (
    <ViewLink
      className="quiet"
      href={() => `${inside(window.location.pathname).replace(/\/+$/, "")}/report${queryOf(ws)}`}
      // A selection may be longer than an address.
      state={() => ({ selection: ws.idsOf(ws.selectedRows.peek()) })}
    >
      <IconFileText size={15} stroke={1.6} aria-hidden /> {m.topbar.report}
    </ViewLink>
  );
}

export function ExportEntry() {
  const ws = useWorkspace();
  const m = useSignal(messages);
  const { result } = useParams({ strict: false });
  const [opened, setOpened] = useState(false);
  const button = useRef<HTMLButtonElement>(null);
  const close = () => {
    setOpened(false);
    // The dialog is gone with the next painting, and with it what had the focus.
    requestAnimationFrame(() => button.current?.focus());
  };
  const [set = 0, config = 0] = (result ?? "").split("-").map(Number);
  return (
    <>
      <button ref={button} type="button" className="quiet" onClick={() => setOpened(true)}>
        {m.export.title}
      </button>
      {opened && (
        <Suspense>
          <ExportDialog ws={ws} server={set > 0 ? { set, config } : null} onClose={close} />
        </Suspense>
      )}
    </>
  );
}
