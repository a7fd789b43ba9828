import { Menu } from "@mantine/core";
import type { ReactElement } from "react";
import type { Row } from "../../core/table";
import { TAGS } from "../../core/tags";
import { messages } from "../../i18n";
import { useSignal } from "../../ui/useSignal";
import { TagGlyph } from "./Badge";
import { useWorkspace } from "./context";

/** Tags the rows, or the selection when there are none. */
export function TagMenu({ rows, children }: { rows?: readonly Row[]; children: ReactElement }) {
  const ws = useWorkspace();
  const m = useSignal(messages);
  const tag = (id: string) => ws.commit({ kind: "tag", ids: ws.idsOf(rows ?? ws.selectedRows.peek()), tag: id });
  return (
    <Menu position="bottom-start" withinPortal>
      <Menu.Target>{children}</Menu.Target>
      <Menu.Dropdown>
        {[...TAGS.map((t) => t.id), ""].map((id) => (
          <Menu.Item key={id} leftSection={<TagGlyph tag={id} />} onClick={() => tag(id)}>
            {m.tag[id || "none"]}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}
