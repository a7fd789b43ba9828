/** The options of an analysis as fields: numbers with units and ranges, choices, lists to tick. */
import { IconPlus, IconX } from "@tabler/icons-react";
import type { ReactNode } from "react";
import { useId } from "react";
import { useMessages } from "../server/parts";
import type { LabelRow, NumberOption, OptionForm, SimpleOption, SwitchOption } from "./options";
import { DISTRIBUTIONS, faultsOf, GERMLINES, SIMPLE } from "./options";
import { Check, Choice } from "./parts";

interface Props {
  readonly form: OptionForm;
  readonly onChange: (form: OptionForm) => void;
  /** What the server says of a field, "" for nothing. */
  readonly fault: (path: string) => string;
  readonly disabled?: boolean;
}

export function OptionFields({ form, onChange, fault, disabled = false }: Props) {
  const words = useMessages().admin.options;
  const props = { form, onChange, fault, disabled };
  const simple = (section: SimpleOption["section"]) =>
    SIMPLE.filter((o) => o.section === section).map((o) =>
      o.kind === "number" ? (
        <NumberField key={o.path} option={o} {...props} />
      ) : (
        <SwitchField key={o.path} option={o} {...props} />
      ),
    );
  return (
    <fieldset disabled={disabled} className="option-form">
      <legend className="visually-hidden">{words.legend}</legend>
      <Section title={words.sections.reference}>
        <Reference {...props} />
        {simple("reference")}
      </Section>
      <Section title={words.sections.reads}>
        <Taken {...props} />
      </Section>
      <Section title={words.sections.clonotypes}>{simple("clonotypes")}</Section>
      <Section title={words.sections.labels} text={words.labelsText}>
        <Labels {...props} />
      </Section>
      <Section title={words.sections.together}>
        {simple("together")}
        <Distributions {...props} />
      </Section>
      <Section title={words.sections.quality} text={words.qualityText}>
        {simple("quality")}
      </Section>
      <Section title={words.sections.output}>{simple("output")}</Section>
    </fieldset>
  );
}

function Section({ title, text, children }: { title: string | undefined; text?: string; children: ReactNode }) {
  return (
    <section className="option-section">
      <div>
        <h3>{title}</h3>
        {text && <p className="hint">{text}</p>}
      </div>
      <div className="option-fields">{children}</div>
    </section>
  );
}

function NumberField({ option: o, form, onChange, fault }: Props & { option: NumberOption }) {
  const m = useMessages();
  const words = m.admin.options;
  const id = useId();
  const value = form.numbers[o.path] ?? "";
  const range = words.range(o.min, o.max);
  const wrong = faultsOf(form).has(o.path) ? range : fault(o.path);
  const empty = o.default === "all" ? words.all : o.default === "none" ? words.nothing : String(o.default);
  return (
    <div className="form-field">
      <label htmlFor={id}>{words.label[o.path]}</label>
      <span className="unit-field">
        <input
          id={id}
          type="number"
          inputMode={o.whole ? "numeric" : "decimal"}
          className="field num"
          min={0}
          max={o.max}
          step={o.whole ? 1 : "any"}
          value={value}
          placeholder={empty}
          aria-invalid={wrong ? true : undefined}
          aria-describedby={`${id}-hint`}
          onChange={(e) => onChange({ ...form, numbers: { ...form.numbers, [o.path]: e.currentTarget.value } })}
        />
        <span className="secondary">{words.unit[o.unit]}</span>
      </span>
      <span id={`${id}-hint`} className={wrong ? "field-fault" : "hint"}>
        {wrong ||
          `${words.help[o.path] ?? ""} ${typeof o.default === "number" ? words.defaultIs(o.default) : ""}`.trim()}
      </span>
    </div>
  );
}

function SwitchField({ option: o, form, onChange }: Props & { option: SwitchOption }) {
  const words = useMessages().admin.options;
  const value = form.switches[o.path] ?? false;
  return (
    <Check
      label={words.label[o.path] ?? o.path}
      hint={words.help[o.path]}
      checked={o.negative ? !value : value}
      onChange={(checked) =>
        onChange({ ...form, switches: { ...form.switches, [o.path]: o.negative ? !checked : checked } })
      }
    />
  );
}

function Reference({ form, onChange, fault }: Props) {
  const words = useMessages().admin.options;
  const known = GERMLINES[form.germline] ?? [];
  const systems = [...new Set([...known, ...form.systems])];
  const toggle = (s: string) =>
    onChange({
      ...form,
      systems: form.systems.includes(s) ? form.systems.filter((x) => x !== s) : [...form.systems, s],
    });
  const sets = Object.keys(GERMLINES);
  return (
    <>
      <Choice
        label={words.label.germline ?? ""}
        value={form.germline}
        onChange={(e) => {
          const germline = e.currentTarget.value;
          const has = GERMLINES[germline] ?? [];
          onChange({ ...form, germline, systems: form.systems.filter((s) => has.includes(s)) });
        }}
      >
        {(sets.includes(form.germline) ? sets : [...sets, form.germline]).map((g) => (
          <option key={g} value={g}>
            {words.germlines[g] ?? g}
          </option>
        ))}
      </Choice>
      {fault("germline") && <span className="field-fault">{fault("germline")}</span>}
      <fieldset className="checks system-checks">
        <legend>{words.label.systems}</legend>
        <label>
          <input
            type="checkbox"
            checked={form.systems.length === 0}
            onChange={() => onChange({ ...form, systems: [] })}
          />{" "}
          {words.allSystems}
        </label>
        {systems.map((s) => (
          <label key={s} className="mono">
            <input type="checkbox" checked={form.systems.includes(s)} onChange={() => toggle(s)} /> {s}
          </label>
        ))}
      </fieldset>
      {fault("systems") && <span className="field-fault">{fault("systems")}</span>}
    </>
  );
}

/** Either the first reads or a sample of them: never both. */
function Taken({ form, onChange, fault }: Props) {
  const words = useMessages().admin.options;
  const wrong = fault("first_reads") || fault("sampled_reads");
  return (
    <div className="form-row">
      <Choice
        label={words.take}
        value={form.take}
        onChange={(e) => onChange({ ...form, take: e.currentTarget.value as OptionForm["take"] })}
      >
        {(["all", "first", "sampled"] as const).map((t) => (
          <option key={t} value={t}>
            {words.takes[t]}
          </option>
        ))}
      </Choice>
      {form.take !== "all" && (
        <label className="form-field">
          <span className="secondary">{words.takeReads}</span>
          <input
            type="number"
            min={1}
            step={1}
            required
            className="field num"
            value={form.takeReads}
            aria-invalid={wrong ? true : undefined}
            onChange={(e) => onChange({ ...form, takeReads: e.currentTarget.value })}
          />
          {wrong && <span className="field-fault">{wrong}</span>}
        </label>
      )}
    </div>
  );
}

const COLUMNS = ["name", "sequence", "copies", "family"] as const;

function Labels({ form, onChange, fault }: Props) {
  const m = useMessages();
  const words = m.admin.options;
  const set = (i: number, change: Partial<LabelRow>) =>
    onChange({ ...form, labels: form.labels.map((l, j) => (j === i ? { ...l, ...change } : l)) });
  const wrong = (i: number, c: string) => fault(`labels[${i}].${c}`);
  return (
    <>
      {form.labels.length > 0 && (
        <table className="table grid-table">
          <thead>
            <tr>
              {COLUMNS.map((c) => (
                <th key={c}>{words.labelColumns[c]}</th>
              ))}
              <th />
            </tr>
          </thead>
          <tbody>
            {form.labels.map((row, i) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: rows have no name of their own while they are typed
              <tr key={i}>
                {COLUMNS.map((c) => (
                  <td key={c}>
                    <input
                      className={c === "sequence" ? "field mono" : "field"}
                      aria-label={`${words.labelColumns[c]} ${i + 1}`}
                      type={c === "copies" ? "number" : "text"}
                      min={c === "copies" ? 0 : undefined}
                      value={row[c]}
                      aria-invalid={wrong(i, c) ? true : undefined}
                      onChange={(e) => set(i, { [c]: e.currentTarget.value })}
                    />
                    {wrong(i, c) && <span className="field-fault">{wrong(i, c)}</span>}
                  </td>
                ))}
                <td>
                  <button
                    type="button"
                    className="quiet icon"
                    aria-label={m.server.create.removeRow(i + 1)}
                    onClick={() => onChange({ ...form, labels: form.labels.filter((_, j) => j !== i) })}
                  >
                    <IconX size={14} />
                  </button>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      <div>
        <button
          type="button"
          className="button"
          onClick={() =>
            onChange({ ...form, labels: [...form.labels, { name: "", sequence: "", copies: "", family: "" }] })
          }
        >
          <IconPlus size={15} aria-hidden /> {words.addLabel}
        </button>
      </div>
      {form.labels.length > 0 && (
        <Check
          label={words.label.label_filter ?? ""}
          checked={form.labelFilter}
          onChange={(labelFilter) => onChange({ ...form, labelFilter })}
        />
      )}
      {fault("label_filter") && <span className="field-fault">{fault("label_filter")}</span>}
    </>
  );
}

function Distributions({ form, onChange }: Props) {
  const words = useMessages().admin.options;
  const key = (d: readonly string[]) => d.join(" ");
  const chosen = new Set(form.distributions.map(key));
  const offered = [
    ...DISTRIBUTIONS,
    ...form.distributions.filter((d) => !DISTRIBUTIONS.some((x) => key(x) === key(d))),
  ];
  return (
    <fieldset className="checks">
      <legend>{words.label["fuse.distributions"]}</legend>
      {offered.map((d) => (
        <label key={key(d)}>
          <input
            type="checkbox"
            checked={chosen.has(key(d))}
            onChange={() =>
              onChange({
                ...form,
                distributions: chosen.has(key(d))
                  ? form.distributions.filter((x) => key(x) !== key(d))
                  : [...form.distributions, d],
              })
            }
          />{" "}
          {d.map((axis) => words.axes[axis] ?? axis).join(" × ")}
        </label>
      ))}
    </fieldset>
  );
}
