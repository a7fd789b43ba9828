import { useQuery } from "@tanstack/react-query";
import { useEffect, useMemo, useState } from "react";
import { whoami } from "../../api/queries";
import { textAt } from "../../core/table";
import type { Tool, ToolRequest, ToolSequence } from "../../core/tools";
import { lociFor, offered, requestOf } from "../../core/tools";
import { messages } from "../../i18n";
import { Modal } from "../../ui/Modal";
import { useSignal } from "../../ui/useSignal";
import { useWorkspace } from "./context";

/**
 * Sends sequences to a tool of another site. What is sent, and to whom, is shown first, to the letter; nothing goes before
 * somebody presses the button. Where the server keeps sequences in the laboratory there is no button.
 */
export function ToolsDialog({ onClose }: { onClose: () => void }) {
  const m = useSignal(messages);
  const words = m.sequenceWork.tools;
  const who = useQuery({ ...whoami, retry: false });
  const tools = offered(who.data?.site.tools ?? undefined);
  return (
    <Modal
      opened
      onClose={onClose}
      size="xl"
      title={words.title}
      closeButtonProps={{ "aria-label": m.help.close }}
      classNames={{ content: "server" }}
    >
      {who.isPending ? (
        <p role="status">{m.server.common.loading}</p>
      ) : who.data?.healthcare ? (
        <p data-testid="healthcare">{words.healthcare}</p>
      ) : tools.length === 0 ? (
        <p>{words.none}</p>
      ) : (
        <Choice tools={tools} />
      )}
    </Modal>
  );
}

function useSelected(): readonly ToolSequence[] | null {
  const ws = useWorkspace();
  const rows = useSignal(ws.selectedRows);
  const arrived = useSignal(ws.sequences.arrived);
  useEffect(() => {
    ws.sequences.need(rows).catch(() => undefined);
  }, [ws, rows]);
  return useMemo(() => {
    arrived;
    if (rows.some((row) => !ws.sequences.has(row))) return null;
    return Array.from(rows, (row, i) => ({
      label: `clonotype-${i + 1}`,
      system: textAt(ws.table.system, row),
      sequence: ws.sequences.sequence(row) || ws.table.id.at(row),
    }));
  }, [ws, rows, arrived]);
}

function Choice({ tools }: { tools: readonly Tool[] }) {
  const ws = useWorkspace();
  const m = useSignal(messages);
  const words = m.sequenceWork.tools;
  const sequences = useSelected();
  const [id, setId] = useState(tools[0]!.id);
  const tool = tools.find((t) => t.id === id) ?? tools[0]!;
  const species = ws.table.germline?.name ?? "human";
  if (sequences === null) return <p role="status">{m.sequenceWork.coming}</p>;
  const loci = lociFor(tool, sequences);
  return (
    <div className="tools">
      <fieldset className="tools-list">
        <legend className="visually-hidden">{words.title}</legend>
        {tools.map((t) => (
          <label key={t.id}>
            <input type="radio" name="tool" checked={t.id === id} onChange={() => setId(t.id)} />
            <strong>{t.name}</strong> <span className="secondary">{words.about[t.id] ?? ""}</span>
          </label>
        ))}
      </fieldset>
      {loci.length === 0 && <p>{words.nothing(tool.name)}</p>}
      {loci.map((locus) => {
        const request = requestOf(tool, sequences, locus, species);
        return request && <Preview key={`${tool.id} ${locus}`} tool={tool} locus={locus} request={request} />;
      })}
    </div>
  );
}

function Preview({ tool, locus, request }: { tool: Tool; locus: string; request: ToolRequest }) {
  const m = useSignal(messages);
  const words = m.sequenceWork.tools;
  const lines = Object.entries(request.fields)
    .map(([name, value]) => (value.includes("\n") ? `${name}=\n${value}` : `${name}=${value}`))
    .join("\n");
  return (
    <form
      action={request.action}
      method="post"
      target="_blank"
      rel="noopener noreferrer"
      encType={request.encoding}
      acceptCharset="utf-8"
      aria-label={`${tool.name} ${locus}`}
    >
      <h3>
        {locus} · {m.sequenceWork.sequencesOf(request.sequences)}
      </h3>
      <p>{words.to(tool.operator, tool.site)}</p>
      {request.left > 0 && <p className="level-1">{words.left(request.left, tool.most)}</p>}
      <details open>
        <summary>{words.exactly}</summary>
        <pre
          className="tools-preview"
          data-testid="preview"
          // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by the keyboard
          tabIndex={0}
        >{`POST ${request.action}\n${lines}`}</pre>
      </details>
      {Object.entries(request.fields).map(([name, value]) => (
        <textarea key={name} name={name} value={value} readOnly hidden />
      ))}
      <button type="submit" className="button primary">
        {words.send(tool.name)}
      </button>
    </form>
  );
}
