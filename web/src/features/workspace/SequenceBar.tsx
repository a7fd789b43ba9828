import {
  IconAlignLeft,
  IconCircles,
  IconCopy,
  IconEye,
  IconEyeOff,
  IconFocus2,
  IconPalette,
  IconSend,
  IconTag,
} from "@tabler/icons-react";
import { lazy, Suspense, useState } from "react";
import { axesFor } from "../../core/axes/registry";
import { share } from "../../core/format";
import { nameOf } from "../../core/name";
import type { Row } from "../../core/table";
import { messages } from "../../i18n";
import { Popover } from "../../ui/Menu";
import { theme } from "../../ui/preferences";
import { useSignal } from "../../ui/useSignal";
import { axisLabel } from "../../ui/words";
import { SEGMENTS } from "../../views/theme";
import { ColorMenu } from "./ColorMenu";
import { CommandButton } from "./CommandButton";
import { useWorkspace } from "./context";
import { fastaOfSelection } from "./exports";
import { IDENTITY, panelOptions, setPanel } from "./panel";
import { TagMenu } from "./TagMenu";
import type { Alignment } from "./useAlignment";

/** Read when somebody opens it. */
const ToolsDialog = lazy(() => import("./ToolsDialog").then((m) => ({ default: m.ToolsDialog })));

export function SelectionText() {
  const ws = useWorkspace();
  const m = useSignal(messages);
  const rows = useSignal(ws.settledRows);
  const clusters = useSignal(ws.clusters);
  const sample = useSignal(ws.sample);
  const sizes = useSignal(ws.sizes);
  if (rows.length === 0) return <h2>{m.sequences.title}</h2>;
  let [reads, size] = [0, 0];
  for (const row of rows) {
    reads += clusters.reads.of(row, sample);
    size += sizes[row]!;
  }
  return (
    <h2 className="num" aria-live="polite" data-testid="selected">
      {m.sequences.selected(rows.length, m.reads(reads), share(size, m.locale))}
    </h2>
  );
}

interface ActionsProps {
  readonly aligning: boolean;
  readonly alignment: Alignment;
  onAlign(on: boolean): void;
  /** The rows whose letters are shown. */
  readonly rows: readonly Row[];
}

export function SelectionActions({ aligning, alignment, onAlign, rows }: ActionsProps) {
  const ws = useWorkspace();
  const m = useSignal(messages);
  const tagging = useSignal(ws.tagging);
  const [tools, setTools] = useState(false);
  const icon = { size: 15, stroke: 1.6 };
  return (
    <>
      <TagMenu
        opened={tagging}
        onChange={(open) => {
          ws.tagging.value = open;
        }}
      >
        <button type="button" className="quiet" title={`${m.sequences.tag} (T)`}>
          <IconTag {...icon} /> {m.sequences.tag}
        </button>
      </TagMenu>
      <ColorMenu>
        <button type="button" className="quiet" title={`${m.sequenceWork.colours.open} (C)`}>
          <IconPalette {...icon} /> {m.sequenceWork.colours.open}
        </button>
      </ColorMenu>
      <CommandButton id="cluster" text icon={<IconCircles {...icon} />} />
      <CommandButton id="focus" text icon={<IconFocus2 {...icon} />} />
      <CommandButton id="hide" text icon={<IconEyeOff {...icon} />} />
      <span className="divider" />
      <button
        type="button"
        className="quiet"
        aria-pressed={aligning}
        disabled={rows.length < 2}
        onClick={() => onAlign(!aligning)}
      >
        <IconAlignLeft {...icon} /> {m.sequenceWork.align}
      </button>
      <ViewMenu />
      <button type="button" className="quiet" onClick={() => setTools(true)}>
        <IconSend {...icon} /> {m.sequenceWork.tools.open}
      </button>
      <CopyButton alignment={alignment} rows={rows} />
      <Suspense>{tools && <ToolsDialog onClose={() => setTools(false)} />}</Suspense>
    </>
  );
}

function CopyButton({ alignment, rows }: { alignment: Alignment; rows: readonly Row[] }) {
  const ws = useWorkspace();
  const m = useSignal(messages);
  const [state, setState] = useState<"" | "copied" | "failed">("");
  const aligned = alignment.state === "ready" && alignment.of.size > 0;
  const copy = async () => {
    // All that is selected is copied, also what is not drawn.
    await ws.sequences.need(ws.selectedRows.peek());
    const text = aligned
      ? rows.map((row) => `>${nameOf(ws.table, ws.doc.peek(), row)}\n${alignment.of.get(row) ?? ""}\n`).join("")
      : fastaOfSelection(ws);
    await navigator.clipboard.writeText(text);
  };
  const label = aligned ? m.sequenceWork.copyAligned : m.sequences.copy;
  return (
    <>
      <button
        type="button"
        className="quiet icon"
        aria-label={label}
        title={label}
        onClick={() =>
          void copy().then(
            () => setState("copied"),
            () => setState("failed"),
          )
        }
      >
        <IconCopy size={15} stroke={1.6} />
      </button>
      <span className="visually-hidden" role="status">
        {state === "" ? "" : state === "copied" ? m.sequences.copied : m.sequenceWork.notCopied}
      </span>
    </>
  );
}

const FLAGS = ["amino", "quality", "mutations", "germline", "dots"] as const;

/** What is shown of each sequence, and beside it, with the legend. */
function ViewMenu() {
  const ws = useWorkspace();
  const m = useSignal(messages);
  const options = useSignal(panelOptions);
  const words = m.sequenceWork;
  const columns = [...axesFor(ws.table, "column").map((axis) => axis.id), IDENTITY];
  const toggle = (id: string) =>
    setPanel({
      columns: options.columns.includes(id) ? options.columns.filter((c) => c !== id) : [...options.columns, id],
    });
  return (
    <Popover
      position="top-end"
      target={
        <button type="button" className="quiet">
          <IconEye size={15} stroke={1.6} /> {words.show}
        </button>
      }
    >
      <div className="panel-menu">
        <fieldset>
          <legend>{words.show}</legend>
          {FLAGS.map((flag) => (
            <label key={flag}>
              <input type="checkbox" checked={options[flag]} onChange={() => setPanel({ [flag]: !options[flag] })} />
              {flag === "amino" ? m.sequences.aminoAcids : words.flags[flag]}
            </label>
          ))}
          <SequenceLegend />
        </fieldset>
        <fieldset>
          <legend>{words.columns}</legend>
          <div className="panel-columns">
            {columns.map((id) => (
              <label key={id}>
                <input type="checkbox" checked={options.columns.includes(id)} onChange={() => toggle(id)} />
                {id === IDENTITY ? words.identity : axisLabel(m, id)}
              </label>
            ))}
          </div>
        </fieldset>
      </div>
    </Popover>
  );
}

function SequenceLegend() {
  const m = useSignal(messages);
  const { scheme } = useSignal(theme);
  const words = m.sequenceWork.legend;
  return (
    <div className="sequence-legend">
      <span>
        {(["V", "N", "D", "J"] as const).map((kind) => (
          <i key={kind} style={{ background: SEGMENTS[scheme][kind][0], color: SEGMENTS[scheme][kind][1] }}>
            {kind}
          </i>
        ))}
      </span>
      <span>
        <i className="run cdr3">CDR3</i> <i className="run anchor">C</i> {words.anchor}
      </span>
      <span>
        <i className="run change substitution">A</i> {words.substitution}
      </span>
      <span>
        <i className="run change silent">A</i> {words.silent}
      </span>
      <span>
        <i className="run change insertion">A</i> {words.insertion}
      </span>
      <span>
        <i className="run change deletion">A</i> {words.deletion}
      </span>
      <span>{words.quality}</span>
    </div>
  );
}
