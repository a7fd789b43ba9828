import type { ModalProps } from "@mantine/core";
import { Modal } from "@mantine/core";
import { useEffect, useState } from "react";

/** Opens after it is there: only then it knows what had the focus, and gives it back. */
export default function Dialog({ opened, ...props }: ModalProps) {
  const [shown, setShown] = useState(false);
  useEffect(() => setShown(opened), [opened]);
  return <Modal {...props} opened={shown} />;
}
