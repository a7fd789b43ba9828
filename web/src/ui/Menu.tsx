/**
 * Menus and panels that hang on a button. What draws them is large and is read when the first one is opened; until then
 * there is the button alone, which also keeps a list of many rows quick.
 */
import type { MenuProps, PopoverProps } from "@mantine/core";
import type { ComponentProps, KeyboardEventHandler, MouseEvent, ReactElement, ReactNode } from "react";
import { cloneElement, lazy, Suspense, useState } from "react";

type Floating = typeof import("./floating");

let floating: Floating | null = null;
const load = async (): Promise<Floating> => {
  floating = await import("./floating");
  return floating;
};
const LoadedMenu = lazy(() => load().then((it) => ({ default: it.LoadedMenu })));
const LoadedPopover = lazy(() => load().then((it) => ({ default: it.LoadedPopover })));

export interface TargetProps {
  readonly onClick?: (e: MouseEvent) => void;
  readonly "aria-haspopup"?: "menu" | "dialog";
  readonly "aria-expanded"?: boolean;
  readonly autoFocus?: boolean;
}

interface Hanging {
  /** The button; it opens what hangs on it. */
  readonly target: ReactElement<TargetProps>;
  readonly children: ReactNode;
  /** Opened by somebody else; else by the button. */
  readonly opened?: boolean | undefined;
  readonly onChange?: ((opened: boolean) => void) | undefined;
}

/** Who says whether it is open, and whether it ever was. */
function useOpened(told: Hanging["opened"], onChange: Hanging["onChange"]) {
  const [own, setOwn] = useState(false);
  const opened = told ?? own;
  const [wanted, setWanted] = useState(opened);
  if (opened && !wanted) setWanted(true);
  const change = (next: boolean) => {
    setOwn(next);
    onChange?.(next);
  };
  return { opened, wanted, change };
}

const toggling = (target: ReactElement<TargetProps>, kind: "menu" | "dialog", opened: boolean, toggle: () => void) =>
  cloneElement(target, {
    "aria-haspopup": kind,
    "aria-expanded": opened,
    onClick: (e) => {
      target.props.onClick?.(e);
      toggle();
    },
  });

/** The button of a menu is made anew when the menu comes, and goes on having the focus. */
const focused = (target: ReactElement<TargetProps>) => cloneElement(target, { autoFocus: true });

/** Acts to choose from: Item and Divider are its lines. */
export function Menu({
  target,
  children,
  opened: told,
  onChange,
  onKeyDown,
  ...look
}: Hanging & Pick<MenuProps, "position" | "closeOnItemClick"> & { readonly onKeyDown?: KeyboardEventHandler }) {
  const { opened, wanted, change } = useOpened(told, onChange);
  const alone = toggling(target, "menu", opened, () => change(!opened));
  if (!wanted) return alone;
  return (
    <Suspense fallback={alone}>
      <LoadedMenu
        withinPortal
        {...look}
        opened={opened}
        onChange={change}
        target={focused(target)}
        dropdown={<Dropdown onKeyDown={onKeyDown}>{children}</Dropdown>}
      />
    </Suspense>
  );
}

/** Drawn only in a menu, when what draws it is there. */
function Dropdown({ children, onKeyDown }: { children: ReactNode; onKeyDown: KeyboardEventHandler | undefined }) {
  if (!floating) return null;
  return <floating.Menu.Dropdown {...(onKeyDown ? { onKeyDown } : {})}>{children}</floating.Menu.Dropdown>;
}

interface ItemProps {
  readonly leftSection?: ReactNode;
  readonly rightSection?: ReactNode;
  readonly disabled?: boolean;
  readonly lang?: string;
  readonly className?: string;
  readonly color?: string;
  readonly onClick?: () => void;
  readonly children: ReactNode;
  /** A line that leads to a file. */
  readonly component?: "a";
  readonly href?: string;
  readonly download?: boolean | string;
}

Menu.Item = function Item(props: ItemProps) {
  return floating && <floating.Menu.Item {...props} />;
};

Menu.Divider = function Divider() {
  return floating && <floating.Menu.Divider />;
};

Menu.CheckboxItem = function CheckboxItem(props: ComponentProps<Floating["Menu"]["CheckboxItem"]>) {
  return floating && <floating.Menu.CheckboxItem {...props} />;
};

Menu.Label = function Label({ children }: { children: ReactNode }) {
  return floating && <floating.Menu.Label>{children}</floating.Menu.Label>;
};

/** A panel with what people set, beside its button. */
export function Popover({
  target,
  children,
  opened: told,
  onChange,
  className,
  "aria-label": label,
  ...look
}: Hanging &
  Omit<PopoverProps, "children" | "opened" | "onChange" | "target"> & {
    /** Of the panel. */
    readonly className?: string;
    readonly "aria-label"?: string;
  }) {
  const { opened, wanted, change } = useOpened(told, onChange);
  // Who says whether it is open has the button do it.
  const button = told === undefined ? toggling(target, "dialog", opened, () => change(!opened)) : target;
  if (!wanted) return button;
  return (
    <Suspense fallback={button}>
      <LoadedPopover
        withinPortal
        trapFocus
        {...look}
        opened={opened}
        onChange={change}
        target={focused(button)}
        dropdown={children}
        panel={{ ...(className ? { className } : {}), ...(label ? { "aria-label": label } : {}) }}
      />
    </Suspense>
  );
}
