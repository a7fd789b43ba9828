import type { ModalProps } from "@mantine/core";
import { lazy, Suspense, useState } from "react";

const Dialog = lazy(() => import("./dialog"));

/** A dialog over the page, read when the first one is opened. */
export function Modal(props: ModalProps) {
  const [wanted, setWanted] = useState(props.opened);
  if (props.opened && !wanted) setWanted(true);
  return <Suspense>{wanted && <Dialog {...props} />}</Suspense>;
}
