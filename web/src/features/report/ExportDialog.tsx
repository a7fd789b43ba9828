/** Files for other programs. What will be in a file is said before it is made. */
import { useState } from "react";
import { link } from "../../api/client";
import { writeAnalysis } from "../../core/analysis";
import { toCsv, toFasta } from "../../core/export";
import { toAirr } from "../../core/exportAirr";
import { toVidjil } from "../../core/exportVidjil";
import { share } from "../../core/format";
import type { Row, SampleIndex } from "../../core/table";
import type { Workspace } from "../../core/workspace";
import { download, fileName } from "../../ui/download";
import { denominatorLabel } from "../../ui/words";
import { Dialog, Fault, useMessages } from "../server/parts";
import "./report.css";

const FORMATS = ["csv", "fasta", "airr", "vidjil", "analysis"] as const;
type Format = (typeof FORMATS)[number];
const ROWS = ["visible", "selection", "all"] as const;
type Rows = (typeof ROWS)[number];

const TYPES: Readonly<Record<Format, readonly [suffix: string, type: string]>> = {
  csv: ["csv", "text/csv;charset=utf-8"],
  fasta: ["fasta", "text/plain;charset=utf-8"],
  airr: ["airr.tsv", "text/tab-separated-values;charset=utf-8"],
  vidjil: ["vidjil", "application/json"],
  analysis: ["analysis", "application/json"],
};

interface Props {
  readonly ws: Workspace;
  /** Of a result on the server. */
  readonly server: { readonly set: number; readonly config: number } | null;
  onClose(): void;
}

export function ExportDialog({ ws, server, onClose }: Props) {
  const m = useMessages();
  const words = m.report.exports;
  const [format, setFormat] = useState<Format>("csv");
  const [which, setWhich] = useState<Rows>(ws.selection.peek().count > 0 ? "selection" : "visible");
  const [allSamples, setAllSamples] = useState(false);
  const [fromServer, setFromServer] = useState(true);
  const [state, setState] = useState<"idle" | "busy" | { readonly error: unknown }>("idle");
  const both = server !== null && (format === "airr" || format === "vidjil");
  const whole = both && fromServer;
  const rows = rowsOf(ws, which);
  const samples = allSamples ? ws.doc.peek().sampleOrder : ws.shown.peek();
  const nothing = format !== "analysis" && !whole && rows.length === 0;
  const name = fileName(ws.table.source.name.replace(/\.vidjil$|\.tsv$|\.airr$/, ""));
  const save = async () => {
    if (whole && server) {
      const href = link("/api/v1/sets/{id}/fused/export", {
        path: { id: server.set },
        query: { config_id: server.config, format: format === "airr" ? "airr" : "vidjil" },
      });
      Object.assign(document.createElement("a"), { href, download: "" }).click();
    } else {
      const [suffix, type] = TYPES[format];
      // Of a server's result they come when they are asked for.
      await ws.sequences.need(written(ws, format, rows));
      download(`${name}.${suffix}`, write(ws, format, rows, samples, m.locale), type);
      if (format === "analysis") ws.exported.value = ws.doc.peek();
    }
    onClose();
  };
  return (
    <Dialog opened onClose={onClose} title={words.title} size="lg">
      <form
        className="export-form report"
        onSubmit={(e) => {
          e.preventDefault();
          setState("busy");
          save().catch((error: unknown) => setState({ error }));
        }}
      >
        <fieldset>
          <legend>{words.format}</legend>
          {FORMATS.map((each) => (
            <label key={each} className="export-format">
              <input type="radio" name="format" checked={format === each} onChange={() => setFormat(each)} />
              <span>
                <strong>{words.formats[each]}</strong>
                <span className="hint">{words.hints[each]}</span>
              </span>
            </label>
          ))}
        </fieldset>
        {both && (
          <Radios
            legend={words.source}
            name="source"
            value={fromServer ? "server" : "here"}
            choices={[
              ["server", words.fromServer],
              ["here", words.fromHere],
            ]}
            onChange={(value) => setFromServer(value === "server")}
          />
        )}
        {!whole && format !== "analysis" && (
          <Radios
            legend={words.what}
            name="rows"
            value={which}
            choices={ROWS.map((each) => [each, words[each](rowsOf(ws, each).length)] as const)}
            onChange={(value) => setWhich(ROWS.find((each) => each === value) ?? "visible")}
          />
        )}
        {!whole && format !== "analysis" && format !== "fasta" && ws.doc.peek().hiddenSamples.size > 0 && (
          <Radios
            legend={words.samples}
            name="samples"
            value={allSamples ? "all" : "shown"}
            choices={[
              ["shown", words.shownSamples(ws.shown.peek().length)],
              ["all", words.allSamples(ws.doc.peek().sampleOrder.length)],
            ]}
            onChange={(value) => setAllSamples(value === "all")}
          />
        )}
        <p className="export-summary" role="status">
          {nothing ? words.none : summary(ws, m, format, whole, rows, samples)}
        </p>
        {typeof state === "object" && <Fault error={state.error} />}
        <div className="form-actions">
          <button type="button" className="button" onClick={onClose}>
            {words.cancel}
          </button>
          <button type="submit" className="button primary" disabled={nothing || state === "busy"}>
            {words.go}
          </button>
        </div>
      </form>
    </Dialog>
  );
}

/** In the order of the list. */
function rowsOf(ws: Workspace, which: Rows): readonly Row[] {
  if (which === "visible") return Array.from(ws.order.peek());
  if (which === "selection") {
    const selected = new Set(ws.selectedRows.peek());
    return Array.from(ws.order.peek()).filter((row) => selected.has(row));
  }
  const { leaderOf } = ws.clusters.peek();
  return Array.from({ length: ws.table.rows }, (_, row) => row).filter((row) => !leaderOf.has(row));
}

function summary(
  ws: Workspace,
  m: ReturnType<typeof useMessages>,
  format: Format,
  whole: boolean,
  rows: readonly Row[],
  samples: readonly SampleIndex[],
): string {
  const words = m.report.exports;
  if (whole) return words.whole;
  if (format === "analysis") return words.willAnalysis;
  if (format === "fasta") return words.willFasta(m.clonotypes(rows.length));
  const sizes = format === "csv" ? ` ${words.sizes(denominatorLabel(m, ws.denominator.peek()))}` : "";
  return `${words.will(m.clonotypes(rows.length), m.samples(samples.length))}${sizes} ${words.names}`;
}

/** Clonotypes whose sequences a file has: of a cluster those of its members as well. */
function written(ws: Workspace, format: Format, rows: readonly Row[]): readonly Row[] {
  if (format === "analysis") {
    const doc = ws.doc.peek();
    return [...new Set([...doc.tags.keys(), ...doc.names.keys(), ...doc.notes.keys(), ...doc.colors.keys()])];
  }
  const { byLeader } = ws.clusters.peek();
  return rows.flatMap((row) => byLeader.get(row) ?? [row]);
}

/** "YYYY-MM-DD HH:MM:SS" of now, as files have it. */
const now = (): string => new Date().toISOString().slice(0, 19).replace("T", " ");

function write(ws: Workspace, format: Format, rows: readonly Row[], samples: readonly SampleIndex[], locale: string) {
  const doc = ws.doc.peek();
  const context = { table: ws.table, doc, clusters: ws.clusters.peek(), denominator: ws.denominator.peek() };
  switch (format) {
    case "csv":
      return toCsv(context, rows, samples);
    case "fasta":
      return toFasta(context, rows, (row) => share(ws.sizes.peek()[row] ?? 0, locale));
    case "airr":
      return toAirr(context, rows, samples);
    case "vidjil":
      return toVidjil(context, rows, samples, now());
    case "analysis":
      return writeAnalysis(ws.table, doc, now());
  }
}

interface RadiosProps {
  readonly legend: string;
  readonly name: string;
  readonly value: string;
  readonly choices: readonly (readonly [value: string, label: string])[];
  onChange(value: string): void;
}

const Radios = ({ legend, name, value, choices, onChange }: RadiosProps) => (
  <fieldset>
    <legend>{legend}</legend>
    <div className="report-checks">
      {choices.map(([each, label]) => (
        <label key={each} className="report-check">
          <input type="radio" name={name} checked={value === each} onChange={() => onChange(each)} />
          {label}
        </label>
      ))}
    </div>
  </fieldset>
);
