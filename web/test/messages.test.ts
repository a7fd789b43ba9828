import { describe, expect, test } from "vitest";
import { AXES } from "../src/core/axes/registry";
import { COMMANDS } from "../src/core/commands";
import { TAGS } from "../src/core/tags";
import { KNOWN_WARNINGS } from "../src/core/warnings";
import { commandLabel } from "../src/ui/words";
import { en, fr } from "./messages";

const LANGUAGES = [en, fr];

/** Keys of all messages, with the arguments that each takes. */
function shape(value: unknown, path = ""): string[] {
  if (typeof value === "function") return [`${path}(${value.length})`];
  if (typeof value !== "object" || value === null) return [path];
  return Object.entries(value).flatMap(([key, v]) => shape(v, `${path}.${key}`));
}

describe.each(LANGUAGES)("$language", (m) => {
  test("has every message", () => {
    expect(shape(m)).toEqual(shape(LANGUAGES[0]));
    expect(shape(m).length).toBeGreaterThan(150);
  });

  test("names every axis, tag, warning and command", () => {
    for (const axis of AXES) expect(m.axis[axis.id], axis.id).toBeTruthy();
    for (const tag of TAGS) expect(m.tag[tag.id], tag.id).toBeTruthy();
    for (const code of KNOWN_WARNINGS) expect(m.warning[code], code).toBeTruthy();
    for (const command of COMMANDS) expect(commandLabel(m, command), command.id).not.toBe(command.id);
  });
});

test("plurals: zero is plural in English, singular in French", () => {
  expect([0, 1, 2].map(en.clonotypes)).toEqual(["0 clonotypes", "1 clonotype", "2 clonotypes"]);
  expect([0, 1, 2].map(fr.clonotypes)).toEqual(["0 clonotype", "1 clonotype", "2 clonotypes"]);
});
