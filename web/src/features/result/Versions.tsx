import { IconHistory } from "@tabler/icons-react";
import { lazy, Suspense, useState } from "react";
import type { Table } from "../../core/table";
import { Dialog, useMessages } from "../server/parts";
import type { Autosave } from "./autosave";

/** Read when somebody opens it. */
const VersionsPanel = lazy(() => import("./VersionsPanel").then((m) => ({ default: m.VersionsPanel })));

export interface VersionsProps {
  readonly autosave: Autosave;
  readonly setId: number;
  readonly table: Table;
}

/** Who noted what, and when: two versions compared, and an earlier one made the newest again. */
export function Versions(props: VersionsProps) {
  const m = useMessages();
  const [opened, setOpened] = useState(false);
  const words = m.sequenceWork.history;
  return (
    <>
      <button type="button" className="quiet" onClick={() => void props.autosave.flush().then(() => setOpened(true))}>
        <IconHistory size={14} stroke={1.6} aria-hidden /> {words.open}
      </button>
      <Dialog opened={opened} onClose={() => setOpened(false)} title={words.title} size="xl">
        <Suspense>{opened && <VersionsPanel {...props} onRestored={() => setOpened(false)} />}</Suspense>
      </Dialog>
    </>
  );
}
