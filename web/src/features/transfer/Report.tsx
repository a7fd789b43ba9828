/** What is in an archive, and what becomes of its configs. */
import { useQuery } from "@tanstack/react-query";
import { configs } from "../../api/queries";
import type { components } from "../../api/schema";
import { useMessages } from "../server/parts";
import { toMend } from "./queries";

type Found = components["schemas"]["TransferReport"];
type Fit = components["schemas"]["TransferConfig"];

interface Props {
  readonly report: Found;
  readonly chosen: ReadonlyMap<number, number>;
  /** Nothing can be chosen any more. */
  readonly fixed: boolean;
  onChoose(archive: number, here: number): void;
}

export function Report({ report, chosen, fixed, onChoose }: Props) {
  const words = useMessages().transfer;
  return (
    <section aria-label={report.program}>
      <h2>{words.found(report.sets, report.samples, report.results, report.annotations)}</h2>
      <p className="secondary">
        {words.from(report.program)}
        {report.anonymous && ` ${words.nameless}`}
        {report.people + report.strangers > 0 && ` ${words.authors(report.people, report.strangers)}`}
      </p>
      {report.map.configs.length > 0 && (
        <table className="table fits">
          <thead>
            <tr>
              <th>{words.there}</th>
              <th className="right">{words.results}</th>
              <th>{words.here}</th>
            </tr>
          </thead>
          <tbody>
            {report.map.configs.map((fit) => (
              <ConfigRow key={fit.archive} fit={fit} here={chosen.get(fit.archive)} fixed={fixed} onChoose={onChoose} />
            ))}
          </tbody>
        </table>
      )}
      {/* That sets came before is asked for below. */}
      {toMend(report) && <Lines title={words.faults} lines={report.faults} />}
      <Lines title={words.notes} lines={report.notes} />
    </section>
  );
}

function ConfigRow({
  fit,
  here,
  fixed,
  onChoose,
}: { fit: Fit; here: number | undefined } & Pick<Props, "fixed" | "onChoose">) {
  const words = useMessages().transfer;
  const list = useQuery(configs).data?.items ?? [];
  return (
    <tr>
      <td>{fit.name}</td>
      <td className="right num">{fit.results ?? 0}</td>
      <td>
        <select
          className="select framed"
          aria-label={`${words.here}: ${fit.name ?? ""}`}
          disabled={fixed}
          value={here ?? fit.here ?? 0}
          onChange={(e) => onChoose(fit.archive, Number(e.currentTarget.value))}
        >
          <option value={0}>{fit.new ? words.newConfig(fit.new) : words.noConfig}</option>
          {list.map((c) => (
            <option key={c.id} value={c.id}>
              {c.name}
            </option>
          ))}
        </select>
        {here === undefined && fit.how && <div className="secondary small">{words.how[fit.how]}</div>}
      </td>
    </tr>
  );
}

function Lines({ title, lines }: { title: string; lines: readonly string[] }) {
  if (lines.length === 0) return null;
  return (
    <>
      <h3>{title}</h3>
      <ul>
        {lines.map((line) => (
          <li key={line}>{line}</li>
        ))}
      </ul>
    </>
  );
}
