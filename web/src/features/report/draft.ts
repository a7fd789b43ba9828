/** What a person chose for one report, and the workspace that its numbers and pictures come from. */

import type { Document } from "../../core/document";
import { shownSamples } from "../../core/document";
import { anonymous } from "../../core/report";
import type { Plan, TemplateId } from "../../core/reportPlan";
import { BUILT_IN, readPlan, TEMPLATES } from "../../core/reportPlan";
import type { Denominator } from "../../core/size";
import type { SampleIndex, Table } from "../../core/table";
import { decode } from "../../core/url";
import { Workspace } from "../../core/workspace";

/** Kept in the tab, with what was typed, until the person signs out. */
export interface Draft {
  /** A built-in template, or the name of one's own. */
  readonly template: string;
  readonly changed: boolean;
  readonly plan: Plan;
  readonly author: string;
}

export const isTemplate = (text: string): text is TemplateId => TEMPLATES.some((each) => each === text);

export const newDraft = (author: string): Draft => ({
  template: "full",
  changed: false,
  plan: BUILT_IN.full,
  author,
});

export function isDraft(value: unknown): value is Draft {
  const v = value as Partial<Draft> | null;
  return (
    typeof v === "object" &&
    v !== null &&
    typeof v.template === "string" &&
    typeof v.changed === "boolean" &&
    typeof v.author === "string" &&
    readPlan(v.plan) !== null
  );
}

/** Of this report alone: which samples, shares of what, coloured by what. */
export interface Choice {
  readonly samples: readonly SampleIndex[];
  readonly sample: SampleIndex;
  readonly denominator: Denominator;
  readonly colour: string;
}

/** As the workspace was when the report was asked for: its view stands in the address. */
export function openingChoice(table: Table, doc: Document, query: string): Choice {
  const ws = new Workspace(table, doc);
  ws.restore(decode(query));
  return {
    samples: shownSamples(doc),
    sample: ws.sample.peek(),
    denominator: ws.denominator.peek(),
    colour: ws.colorAxis.peek(),
  };
}

/** What was on screen when the report was asked for. */
export interface Seen {
  readonly query: string;
  readonly selected: readonly string[];
}

/** A workspace of the report's own: nothing that is chosen here changes the one that people work in. */
export function workspaceOf(
  of: Workspace,
  doc: Document,
  seen: Seen,
  choice: Choice,
  plan: Plan,
  sampleName: (n: number) => string,
): Workspace {
  const source = plan.anonymous ? anonymous(of.table, doc, sampleName) : { table: of.table, doc };
  const kept = new Set(choice.samples);
  const hiddenSamples = new Set(doc.sampleOrder.filter((s) => !kept.has(s)));
  const ws = new Workspace(source.table, { ...source.doc, hiddenSamples }, of.sequences);
  ws.restore({ ...decode(seen.query), selection: seen.selected });
  ws.setSample(kept.has(choice.sample) ? choice.sample : (choice.samples[0] ?? 0));
  ws.denominator.value = choice.denominator;
  ws.colorAxis.value = choice.colour;
  const plots = plan.parts.flatMap((part) => (part.plot ? [part.plot] : []));
  if (plots.length > 0) ws.plots.value = plots;
  return ws;
}
