import { COMMANDS } from "../../core/commands";
import { messages } from "../../i18n";
import { Modal } from "../../ui/Modal";
import { useSignal } from "../../ui/useSignal";
import { commandLabel, keyLabel } from "../../ui/words";
import { isMac } from "./CommandButton";

const GROUPS = ["edit", "selection", "sample", "plot", "system"] as const;

/** All keys, made of the registry of commands. */
export function Help({ opened, onClose }: { opened: boolean; onClose: () => void }) {
  const m = useSignal(messages);
  return (
    <Modal
      opened={opened}
      onClose={onClose}
      size="xl"
      title={m.help.title}
      closeButtonProps={{ "aria-label": m.help.close }}
    >
      <div className="help">
        {GROUPS.map((group) => (
          <section key={group}>
            <h3>{m.help.groups[group]}</h3>
            <dl>
              {COMMANDS.filter((c) => c.group === group && c.keys.length > 0).map((command) => (
                <div key={command.id}>
                  <dt>{commandLabel(m, command)}</dt>
                  <dd>
                    {command.keys.map((key) => (
                      <kbd key={key}>{keyLabel(key, isMac())}</kbd>
                    ))}
                  </dd>
                </div>
              ))}
            </dl>
          </section>
        ))}
      </div>
    </Modal>
  );
}
