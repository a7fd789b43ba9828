import type { KeyboardEvent, ReactElement } from "react";
import { PALETTE, paletteColor, shown } from "../../core/palette";
import type { Row } from "../../core/table";
import type { Messages } from "../../i18n";
import { messages } from "../../i18n";
import type { TargetProps } from "../../ui/Menu";
import { Menu } from "../../ui/Menu";
import { theme } from "../../ui/preferences";
import { useSignal } from "../../ui/useSignal";
import { axisLabel } from "../../ui/words";
import { useWorkspace } from "./context";

/** The colour that a digit stands for while the menu is open, as the document has it; "" for none of its own. */
export function colorForKey(e: Pick<KeyboardEvent, "key" | "ctrlKey" | "metaKey" | "altKey">): string | undefined {
  if (e.ctrlKey || e.metaKey || e.altKey) return undefined;
  return e.key === "0" ? "" : PALETTE[Number(e.key) - 1]?.light;
}

/** Says in words that a clonotype has a colour of its own, and which. */
export const ownLabel = (m: Messages, color: string): string =>
  m.sequenceWork.colours.ownOf(m.sequenceWork.colours.names[paletteColor(color)?.id ?? ""] ?? "");

/** A colour of the document as it looks on this page. */
export function ColorDot({ color }: { color: string }) {
  const { scheme } = useSignal(theme);
  return (
    <i className="color-dot" style={color === "" ? {} : { background: shown(color)[scheme] }} aria-hidden="true" />
  );
}

/** The lines of a menu that give rows a colour, or that of their class again. */
export function ColorItems({ rows }: { rows?: readonly Row[] | undefined }) {
  const ws = useWorkspace();
  const m = useSignal(messages);
  const axis = useSignal(ws.colorAxis);
  const words = m.sequenceWork.colours;
  return [...PALETTE.map((each) => each.light), ""].map((color, i) => (
    <Menu.Item
      key={color}
      leftSection={<ColorDot color={color} />}
      rightSection={rows ? null : <kbd className="tag-key">{color === "" ? 0 : i + 1}</kbd>}
      onClick={() => ws.commit({ kind: "color", ids: ws.idsOf(rows ?? ws.selectedRows.peek()), color })}
    >
      {color === "" ? words.none(axisLabel(m, axis)) : words.names[PALETTE[i]?.id ?? ""]}
    </Menu.Item>
  ));
}

/** Colours the selection; each colour has a digit while the menu is open. */
export function ColorMenu({ children }: { children: ReactElement<TargetProps> }) {
  const ws = useWorkspace();
  const opened = useSignal(ws.painting);
  const change = (open: boolean) => {
    ws.painting.value = open;
  };
  const press = (e: KeyboardEvent) => {
    const color = opened ? colorForKey(e) : undefined;
    if (color === undefined) return;
    e.preventDefault();
    e.stopPropagation();
    ws.commit({ kind: "color", ids: ws.idsOf(ws.selectedRows.peek()), color });
    change(false);
  };
  return (
    <Menu position="bottom-start" opened={opened} onChange={change} onKeyDown={press} target={children}>
      <ColorItems />
    </Menu>
  );
}
