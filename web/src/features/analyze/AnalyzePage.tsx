/** A few pasted sequences, for people without an account: designation, alignment, a grid of genes. Nothing is kept. */
import { useMutation, useQuery } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import type { CSSProperties, FormEvent } from "react";
import { useState } from "react";
import { call } from "../../api/client";
import { fieldFault } from "../../api/problem";
import { whoami } from "../../api/queries";
import { useSession } from "../../app/useSession";
import type { Rearrangement, Segment } from "../../core/pasted";
import { geneOf, gridOf, linesOf, textOf } from "../../core/pasted";
import { download } from "../../ui/download";
import { theme } from "../../ui/preferences";
import { useSignal } from "../../ui/useSignal";
import { SEGMENTS } from "../../views/theme";
import { Area, Choice } from "../admin/parts";
import { Languages, SchemeButton } from "../server/look";
import { Fault, Page, useMessages } from "../server/parts";
import { Alert, Foot } from "../server/Site";
import { Mark } from "../start/StartPage";
import { EXAMPLE } from "./example";
import "./analyze.css";

export function AnalyzePage() {
  const m = useMessages();
  const words = m.people.analyze;
  const who = useQuery({ ...whoami, retry: false });
  const closed = who.data !== undefined && !who.data.site.public_analysis && !who.data.user;
  return (
    <div className="server shell">
      <Alert />
      <header className="header">
        <Link to="/" className="brand">
          <Mark size={22} /> {m.app}
        </Link>
        <span className="spring" />
        {who.data && !who.data.user && (
          <Link to="/sign-in" search={{}} className="nav">
            {m.server.signIn.title}
          </Link>
        )}
        <Languages />
        <SchemeButton />
      </header>
      <Page title={words.title} ready={!who.isPending}>
        {who.error && <Fault error={who.error} retry={() => void who.refetch()} />}
        {closed ? (
          <p className="note">
            {words.off}{" "}
            <Link to="/sign-in" search={{ next: "/analyze" }} className="plain-link">
              {m.server.signIn.title}
            </Link>
          </p>
        ) : (
          <Sequences />
        )}
      </Page>
      <Foot />
    </div>
  );
}

type Species = "human" | "mouse";

function Sequences() {
  const m = useMessages();
  const words = m.people.analyze;
  const [sequences, setSequences] = useState("");
  const [species, setSpecies] = useState<Species>("human");
  const analyze = useMutation({
    mutationFn: () => call("post", "/api/v1/public/analyze", { body: { sequences, species } }),
  });
  const submit = (e: FormEvent) => {
    e.preventDefault();
    analyze.mutate();
  };
  return (
    <>
      <p className="secondary">{words.text}</p>
      <form className="form analyze-form" onSubmit={submit}>
        <Area
          label={words.sequences}
          className="field area mono"
          rows={7}
          spellCheck={false}
          required
          value={sequences}
          onChange={(e) => setSequences(e.currentTarget.value)}
          fault={fieldFault(analyze.error, "sequences")}
        />
        <div className="analyze-bar">
          <Choice label={words.species} value={species} onChange={(e) => setSpecies(e.currentTarget.value as Species)}>
            <option value="human">{words.human}</option>
            <option value="mouse">{words.mouse}</option>
          </Choice>
          <button type="submit" className="button primary" disabled={analyze.isPending || sequences.trim() === ""}>
            {analyze.isPending ? words.working : words.submit}
          </button>
          {sequences === "" && (
            <button type="button" className="quiet" onClick={() => setSequences(EXAMPLE)}>
              {words.example}
            </button>
          )}
        </div>
        {analyze.error && <Fault error={analyze.error} />}
      </form>
      <p className="visually-hidden" role="status">
        {analyze.data ? words.results(analyze.data.items.length) : ""}
      </p>
      {analyze.data && <Answer rows={analyze.data.items} file={analyze.data.vidjil} />}
    </>
  );
}

function Answer({ rows, file }: { rows: readonly Rearrangement[]; file: unknown }) {
  const m = useMessages();
  const words = m.people.analyze;
  const session = useSession();
  const navigate = useNavigate();
  const text = () => JSON.stringify(file);
  const found = rows.some((row) => textOf(row, "v_call") || textOf(row, "j_call"));
  const open = async () => {
    if (await session.openFiles([new File([text()], "sequences.vidjil")])) await navigate({ to: "/local" });
  };
  return (
    <>
      <div className="toolbar analyze-head">
        <h2>{words.results(rows.length)}</h2>
        <span className="spring" />
        {found && (
          <>
            <button
              type="button"
              className="quiet"
              onClick={() => download("sequences.vidjil", text(), "application/json")}
            >
              {words.download}
            </button>
            <button type="button" className="button" onClick={() => void open()}>
              {words.open}
            </button>
          </>
        )}
      </div>
      <Designations rows={rows} />
      <div className="analyze-parts">
        <section className="block">
          <h2>{words.alignments}</h2>
          {rows.map((row, i) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: rows have their place, names may come twice
            <Alignment key={i} row={row} />
          ))}
        </section>
        <GenesGrid rows={rows} />
      </div>
    </>
  );
}

function Designations({ rows }: { rows: readonly Rearrangement[] }) {
  const words = useMessages().people.analyze;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by the keyboard
    <section className="scroll-x" tabIndex={0} aria-label={words.designation}>
      <table className="table">
        <thead>
          <tr>
            <th>{words.name}</th>
            <th>{words.locus}</th>
            <th>{words.designation}</th>
            <th>{words.junction}</th>
            <th />
          </tr>
        </thead>
        <tbody>
          {rows.map((row, i) => {
            const designation = textOf(row, "designation");
            return (
              // biome-ignore lint/suspicious/noArrayIndexKey: rows have their place, names may come twice
              <tr key={i}>
                <td className="clip">
                  <bdi>{textOf(row, "sequence_id")}</bdi>
                </td>
                <td className="nowrap">{textOf(row, "recombination_system") || textOf(row, "locus")}</td>
                <td className="mono small">
                  {designation || (
                    <span className="secondary">
                      {words.noneFound}
                      {textOf(row, "cause") && ` (${textOf(row, "cause")})`}
                    </span>
                  )}
                </td>
                <td className="mono small">{textOf(row, "junction_aa")}</td>
                <td className="nowrap">
                  {typeof row.productive === "boolean" &&
                    (row.productive ? words.productive : <span className="secondary">{words.unproductive}</span>)}
                </td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </section>
  );
}

/** Columns of a line, as many as a page of 1000 pixels shows. */
const WIDTH = 90;

function Alignment({ row }: { row: Rearrangement }) {
  const words = useMessages().people.analyze;
  const { scheme } = useSignal(theme);
  const fill = (segment: Segment): CSSProperties => {
    if (segment === "") return {};
    const [background, color] = SEGMENTS[scheme][segment];
    return { background, color };
  };
  const lines = linesOf(row, WIDTH);
  if (lines.length === 0) return null;
  return (
    <figure className="analyze-alignment">
      <figcaption>
        <strong>
          <bdi>{textOf(row, "sequence_id")}</bdi>
        </strong>{" "}
        <span className="secondary">{[geneOf(row, "v_call"), geneOf(row, "j_call")].filter(Boolean).join(" · ")}</span>
      </figcaption>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by the keyboard */}
      <section className="scroll-x mono" tabIndex={0} aria-label={textOf(row, "sequence_id")}>
        {lines.map((line) => (
          <div key={line.start} className="analyze-line">
            <span className="analyze-at">{line.start + 1}</span>
            <span>
              <span className="visually-hidden">{words.query} </span>
              {line.pieces.map((p) => (
                <span key={p.start} style={fill(p.segment)} title={p.segment}>
                  {p.letters}
                </span>
              ))}
              <br />
              <span className="visually-hidden">{words.reference} </span>
              {line.pieces.map((p) => (
                <span key={p.start} className="analyze-germline">
                  {p.germline}
                </span>
              ))}
            </span>
          </div>
        ))}
      </section>
    </figure>
  );
}

/** Side of a cell of the grid, in pixels. */
const CELL = 26;

function GenesGrid({ rows }: { rows: readonly Rearrangement[] }) {
  const words = useMessages().people.analyze;
  const grid = gridOf(rows);
  if (grid.v.length === 0) return null;
  const left = 92;
  const below = 92;
  const [width, height] = [left + grid.v.length * CELL + 12, grid.j.length * CELL + below];
  return (
    <section className="block">
      <h2>{words.grid}</h2>
      <svg
        viewBox={`0 0 ${width} ${height}`}
        width={width}
        height={height}
        role="img"
        aria-label={grid.v
          .flatMap((v) => grid.j.map((j) => [v, j, grid.at(v, j)] as const))
          .filter(([, , n]) => n > 0)
          .map(([v, j, n]) => words.gridText(v, j, n))
          .join("; ")}
        className="analyze-grid"
      >
        {grid.j.map((j, y) => (
          <text key={j} x={left - 8} y={y * CELL + CELL / 2} textAnchor="end" dominantBaseline="middle">
            {j}
          </text>
        ))}
        {grid.v.map((v, x) => (
          <text
            key={v}
            transform={`translate(${left + x * CELL + CELL / 2} ${grid.j.length * CELL + 8}) rotate(-60)`}
            textAnchor="end"
            dominantBaseline="middle"
          >
            {v}
          </text>
        ))}
        {grid.j.map((j, y) =>
          grid.v.map((v, x) => {
            const n = grid.at(v, j);
            return (
              <g key={`${v} ${j}`} transform={`translate(${left + x * CELL} ${y * CELL})`}>
                <rect width={CELL} height={CELL} />
                {n > 0 && <circle cx={CELL / 2} cy={CELL / 2} r={Math.min(4 + 2 * Math.sqrt(n), CELL / 2 - 1)} />}
                {n > 0 && <title>{words.gridText(v, j, n)}</title>}
              </g>
            );
          }),
        )}
      </svg>
    </section>
  );
}
