import { IconDownload } from "@tabler/icons-react";
import type { RefObject } from "react";
import { useEffect, useId, useRef, useState } from "react";
import { nameOf } from "../../core/name";
import { messages } from "../../i18n";
import { download, fileName } from "../../ui/download";
import { followForcedColors, pictureTheme } from "../../ui/forced";
import { Menu } from "../../ui/Menu";
import { useSignal } from "../../ui/useSignal";
import { sizeText } from "../../ui/words";
import type { View } from "../../views/host";
import { Host } from "../../views/host";
import { useWorkspace } from "./context";
import { TableDialog } from "./TableDialog";
import "./plots.css";

export type AnyHost = Pick<Host<unknown>, "svg" | "png" | "table" | "said">;

interface PictureProps<L> {
  readonly view: View<L>;
  readonly label: string;
  readonly host: RefObject<AnyHost | null>;
  /** What keys do here besides going from mark to mark. */
  readonly hint?: string;
}

/**
 * A view on canvases that takes the focus: arrows go from mark to mark, Enter selects. What they are at is said aloud, and
 * a point that is no clonotype is told in the corner.
 */
export function Picture<L>({ view, label, host, hint }: PictureProps<L>) {
  const ws = useWorkspace();
  const m = useSignal(messages);
  const element = useRef<HTMLDivElement>(null);
  const [made, setMade] = useState<AnyHost | null>(null);
  const described = useId();
  useEffect(() => {
    if (!element.current) return;
    followForcedColors();
    const it = new Host(element.current, ws, view, pictureTheme);
    host.current = it as AnyHost;
    setMade(it as AnyHost);
    return () => it.stop();
  }, [ws, view, host]);
  return (
    <div className="picture-frame">
      <div
        ref={element}
        className="picture"
        role="application"
        aria-roledescription={m.plots.picture}
        aria-label={label}
        aria-describedby={described}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: arrows go from mark to mark
        tabIndex={0}
      />
      <span id={described} hidden>
        {hint ? `${m.plots.keys} ${hint}` : m.plots.keys}
      </span>
      {made && <Said host={made} />}
    </div>
  );
}

/** What a picture says: text for everybody, clonotypes for who hears them; who sees has them in the status line. */
function Said({ host }: { host: AnyHost }) {
  const ws = useWorkspace();
  const m = useSignal(messages);
  const said = useSignal(host.said);
  const text =
    typeof said === "string"
      ? said
      : `${nameOf(ws.table, ws.doc.peek(), said)}, ${sizeText(m, ws.sizes.peek()[said] ?? 0, ws.notation.peek())}`;
  return (
    <output className={typeof said === "string" && said !== "" ? "picture-said" : "visually-hidden"} aria-live="polite">
      {text}
    </output>
  );
}

/** PNG at three times the size of the screen, SVG, or the data as a table. */
export function PictureMenu({ host, title }: { host: RefObject<AnyHost | null>; title: string }) {
  const m = useSignal(messages);
  const ws = useWorkspace();
  const [table, setTable] = useState<ReturnType<AnyHost["table"]> | null>(null);
  const name = fileName(`${ws.table.source.name} ${title}`);
  return (
    <>
      <Menu
        position="bottom-end"
        target={
          <button type="button" className="quiet icon" aria-label={m.plot.export} title={m.plot.export}>
            <IconDownload size={15} stroke={1.6} />
          </button>
        }
      >
        <Menu.Item onClick={() => void host.current?.png(3).then((blob) => download(`${name}.png`, blob))}>
          {m.export.png}
        </Menu.Item>
        <Menu.Item onClick={() => host.current && download(`${name}.svg`, host.current.svg(title), "image/svg+xml")}>
          {m.export.svg}
        </Menu.Item>
        <Menu.Item onClick={() => setTable(host.current?.table() ?? null)}>{m.plots.table.show}</Menu.Item>
      </Menu>
      <TableDialog table={table} title={title} file={name} onClose={() => setTable(null)} />
    </>
  );
}
