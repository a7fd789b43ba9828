import { computed } from "@preact/signals-core";
import type { ReactNode } from "react";
import { useMemo } from "react";
import { commandById } from "../../core/commands";
import { messages } from "../../i18n";
import { useSignal } from "../../ui/useSignal";
import { commandLabel, keyLabel } from "../../ui/words";
import { useWorkspace } from "./context";

export const isMac = (): boolean => /Mac|iPhone|iPad/.test(navigator.platform);

/** A button of a command: its word, its key, and whether it can be done now come from the registry. */
export function CommandButton({ id, icon, text }: { id: string; icon?: ReactNode; text?: boolean }) {
  const ws = useWorkspace();
  const m = useSignal(messages);
  const command = commandById(id);
  const enabled = useSignal(useMemo(() => computed(() => command.enabled(ws)), [command, ws]));
  const label = commandLabel(m, command);
  const key = command.keys[0];
  return (
    <button
      type="button"
      className={text ? "quiet" : "quiet icon"}
      disabled={!enabled}
      aria-label={label}
      title={key ? `${label} (${keyLabel(key, isMac())})` : label}
      onClick={() => command.run(ws)}
    >
      {icon}
      {text && label}
    </button>
  );
}
