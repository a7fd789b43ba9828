import { computed } from "@preact/signals-core";
import { useMemo } from "react";
import type { Row } from "../../core/table";
import { useSignal } from "../../ui/useSignal";
import { useWorkspace } from "./context";

/** Whether a row is pointed at. Only the rows that begin or cease to be are drawn again. */
export function useHover(row: Row): boolean {
  const ws = useWorkspace();
  return useSignal(useMemo(() => computed(() => ws.hover.value === row), [ws, row]));
}
