/** What the menus and panels of Menu.tsx are, once one is opened. */
import type { MenuProps, PopoverProps } from "@mantine/core";
import { Menu, Popover } from "@mantine/core";
import type { ReactElement, ReactNode } from "react";
import { useEffect, useState } from "react";

export { Menu } from "@mantine/core";

/** A menu that has been answered is gone: while it faded, the next key would go to it. */
const IMMEDIATE = { duration: 0 } as const;

interface Parts {
  readonly opened: boolean;
  readonly target: ReactElement;
  readonly dropdown: ReactNode;
}

/** Opens after it is there: only then it knows what had the focus, and gives it back. */
function useShown(opened: boolean): boolean {
  const [shown, setShown] = useState(false);
  useEffect(() => setShown(opened), [opened]);
  return shown;
}

export function LoadedMenu({ opened, target, dropdown, ...props }: Omit<MenuProps, "children"> & Parts) {
  return (
    // The focus goes to the menu itself: Mantine's placeholder for it is no item, and a menu may have nothing else.
    <Menu {...props} withInitialFocusPlaceholder={false} transitionProps={IMMEDIATE} opened={useShown(opened)}>
      <Menu.Target>{target}</Menu.Target>
      {dropdown}
    </Menu>
  );
}

export function LoadedPopover({
  opened,
  target,
  dropdown,
  panel,
  ...props
}: Omit<PopoverProps, "children"> & Parts & { readonly panel: { className?: string; "aria-label"?: string } }) {
  return (
    <Popover {...props} opened={useShown(opened)}>
      <Popover.Target>{target}</Popover.Target>
      <Popover.Dropdown {...panel}>{dropdown}</Popover.Dropdown>
    </Popover>
  );
}
