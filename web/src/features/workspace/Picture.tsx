import { Menu } from "@mantine/core";
import { IconDownload } from "@tabler/icons-react";
import type { RefObject } from "react";
import { useEffect, useRef } from "react";
import { messages } from "../../i18n";
import { download, fileName } from "../../ui/download";
import { theme } from "../../ui/preferences";
import { useSignal } from "../../ui/useSignal";
import type { View } from "../../views/host";
import { Host } from "../../views/host";
import { useWorkspace } from "./context";

export type AnyHost = Pick<Host<unknown>, "svg" | "png">;

/** A view on canvases, with a text that says what it shows. Keys move the pointer through its clonotypes in the list. */
export function Picture<L>({ view, label, host }: { view: View<L>; label: string; host: RefObject<AnyHost | null> }) {
  const ws = useWorkspace();
  const element = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (!element.current) return;
    const made = new Host(element.current, ws, view, theme);
    host.current = made;
    return () => made.stop();
  }, [ws, view, host]);
  return <div ref={element} className="picture" role="img" aria-label={label} />;
}

/** PNG at three times the size of the screen, or SVG. */
export function PictureMenu({ host, title }: { host: RefObject<AnyHost | null>; title: string }) {
  const m = useSignal(messages);
  const ws = useWorkspace();
  const name = fileName(`${ws.table.source.name} ${title}`);
  return (
    <Menu position="bottom-end" withinPortal>
      <Menu.Target>
        <button type="button" className="quiet icon" aria-label={m.plot.export}>
          <IconDownload size={15} stroke={1.6} />
        </button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item onClick={() => void host.current?.png(3).then((blob) => download(`${name}.png`, blob))}>
          {m.export.png}
        </Menu.Item>
        <Menu.Item onClick={() => host.current && download(`${name}.svg`, host.current.svg(title), "image/svg+xml")}>
          {m.export.svg}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
