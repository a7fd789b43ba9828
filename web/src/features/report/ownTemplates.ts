/** A person's own templates, kept in this browser. They hold no results. */
import type { Plan } from "../../core/reportPlan";
import { readPlan } from "../../core/reportPlan";

const KEY = "vidjil.report.templates";

export interface OwnTemplate {
  readonly name: string;
  readonly plan: Plan;
}

export function ownTemplates(): readonly OwnTemplate[] {
  try {
    const value: unknown = JSON.parse(localStorage.getItem(KEY) ?? "[]");
    if (!Array.isArray(value)) return [];
    return value.flatMap((each: { name?: unknown; plan?: unknown } | null) => {
      const plan = readPlan(each?.plan);
      return typeof each?.name === "string" && each.name !== "" && plan ? [{ name: each.name, plan }] : [];
    });
  } catch {
    return [];
  }
}

/** Adds a template or replaces the one of its name. False when the browser keeps nothing. */
export const keepTemplate = (name: string, plan: Plan): boolean =>
  write([...ownTemplates().filter((each) => each.name !== name), { name, plan }]);

export const dropTemplate = (name: string): boolean => write(ownTemplates().filter((each) => each.name !== name));

function write(all: readonly OwnTemplate[]): boolean {
  try {
    localStorage.setItem(KEY, JSON.stringify(all));
    return true;
  } catch {
    return false;
  }
}
