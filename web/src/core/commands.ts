/**
 * What a key or a menu can do, as values: menus, shortcuts, the palette and the help are all made of this list. Icons
 * and words are attached elsewhere, by id.
 */
import type { PlotConfig } from "./axes/presets";
import { PRESETS } from "./axes/presets";
import { axisById } from "./axes/registry";
import { letterOf } from "./system";
import { TAGS } from "./tags";
import type { Workspace } from "./workspace";

export type CommandGroup = "edit" | "selection" | "view" | "sample" | "plot" | "tag" | "system";

export interface Command {
  readonly id: string;
  readonly group: CommandGroup;
  /** Keys as "mod+z", "shift+arrowleft", "+": mod is Ctrl, or ⌘ on a Mac. The first is shown in menus. */
  readonly keys: readonly string[];
  /** What a message about the command names: a tag, a number, a system. */
  readonly subject?: string;
  /** Whether the step can be undone; view state is not. */
  readonly undoable: boolean;
  enabled(ws: Workspace): boolean;
  run(ws: Workspace): void;
}

const always = () => true;
const selected = (ws: Workspace) => ws.selection.value.count > 0;
const selectedIds = (ws: Workspace) => ws.idsOf(ws.selectedRows.value);

type Parts = Pick<Command, "run"> & Partial<Pick<Command, "keys" | "enabled" | "undoable" | "subject">>;

const command = (id: string, group: CommandGroup, parts: Parts): Command => ({
  keys: [],
  enabled: always,
  undoable: false,
  ...parts,
  id,
  group,
});

const TOP_STEP = 10;

function stepTop(ws: Workspace, by: number): void {
  const current = ws.filters.value.find((f) => f.kind === "top");
  const highest = ws.highestTop();
  const next = (current?.kind === "top" ? current.top : highest) + by;
  if (next >= highest && current) ws.removeFilter(current);
  else if (next < highest)
    ws.addFilter({ kind: "top", top: Math.max(TOP_STEP, Math.floor(next / TOP_STEP) * TOP_STEP) });
}

const canPlot = (ws: Workspace, plot: PlotConfig): boolean =>
  [plot.x, plot.y].every((id) => axisById(id)?.available(ws.table) === true);

const EDIT: readonly Command[] = [
  command("undo", "edit", { keys: ["mod+z", "backspace"], enabled: (ws) => ws.canUndo.value, run: (ws) => ws.undo() }),
  command("redo", "edit", {
    keys: ["mod+shift+z", "mod+y"],
    enabled: (ws) => ws.canRedo.value,
    run: (ws) => ws.redo(),
  }),
  command("cluster", "edit", {
    keys: ["+"],
    undoable: true,
    enabled: (ws) => ws.selection.value.count > 1,
    run: (ws) => ws.commit({ kind: "cluster", ids: selectedIds(ws) }),
  }),
  command("split", "edit", {
    keys: ["-"],
    undoable: true,
    enabled: (ws) => ws.selectedRows.value.some((row) => ws.clusters.value.byLeader.has(row)),
    run: (ws) => ws.commit({ kind: "split", ids: selectedIds(ws) }),
  }),
  command("clusterBy", "edit", {
    keys: ["shift+c"],
    run: (ws) => {
      ws.suggesting.value = true;
    },
  }),
  command("acceptClusters", "edit", {
    undoable: true,
    enabled: (ws) => ws.suggestions.value.length > 0,
    run: (ws) => ws.commit({ kind: "acceptClusters", clusters: ws.suggestions.value.map((rows) => ws.idsOf(rows)) }),
  }),
  command("splitAll", "edit", {
    undoable: true,
    enabled: (ws) => ws.doc.value.clusters.length > 0,
    run: (ws) => ws.commit({ kind: "splitAll" }),
  }),
];

const SELECTION: readonly Command[] = [
  command("selectAll", "selection", { keys: ["mod+a"], run: (ws) => ws.selectAll() }),
  command("selectNone", "selection", { keys: ["escape"], enabled: selected, run: (ws) => ws.select([]) }),
  command("focus", "selection", {
    keys: ["z"],
    enabled: (ws) => selected(ws) || ws.filters.value.length > 0,
    run: (ws) => {
      if (selected(ws)) ws.addFilter({ kind: "focus", rows: ws.selection.peek() });
      else ws.filters.value = [];
    },
  }),
  command("hide", "selection", {
    keys: ["shift+z"],
    enabled: selected,
    run: (ws) => ws.addFilter({ kind: "hide", rows: ws.selection.peek() }),
  }),
  command("showAll", "selection", {
    keys: ["alt+z"],
    enabled: (ws) => ws.filters.value.length > 0 || ws.query.value !== "",
    run: (ws) => {
      ws.filters.value = [];
      ws.query.value = "";
    },
  }),
];

const SAMPLE: readonly Command[] = [
  command("previousSample", "sample", {
    keys: ["arrowleft"],
    enabled: (ws) => ws.shown.value.length > 1,
    run: (ws) => ws.stepSample(-1),
  }),
  command("nextSample", "sample", {
    keys: ["arrowright"],
    enabled: (ws) => ws.shown.value.length > 1,
    run: (ws) => ws.stepSample(1),
  }),
  command("topLess", "sample", { keys: ["shift+arrowleft"], run: (ws) => stepTop(ws, -TOP_STEP) }),
  command("topMore", "sample", { keys: ["shift+arrowright"], run: (ws) => stepTop(ws, TOP_STEP) }),
];

const VIEW: readonly Command[] = [
  command("toggleClusters", "view", {
    enabled: (ws) => ws.clusters.value.byLeader.size > 0,
    run: (ws) => {
      ws.expanded.value = ws.expanded.peek().size > 0 ? new Set() : new Set(ws.clusters.peek().byLeader.keys());
    },
  }),
  command("toggleNotation", "view", {
    run: (ws) => {
      ws.notation.value = ws.notation.peek() === "percent" ? "scientific" : "percent";
    },
  }),
  command("toggleGraph", "view", {
    enabled: (ws) => ws.shown.value.length > 1,
    run: (ws) => {
      ws.graphMode.value = ws.graphMode.peek() === "lines" ? "stacked" : "lines";
    },
  }),
  command("togglePlotMode", "plot", {
    keys: ["#"],
    run: (ws) => {
      const plot = ws.plots.peek()[0]!;
      ws.setPlot(0, { ...plot, mode: plot.mode === "bars" ? "grid" : "bars" });
    },
  }),
];

const PLOTS: readonly Command[] = PRESETS.map((plot, i) =>
  command(`preset${i}`, "plot", {
    keys: [i < 10 ? String(i) : `shift+${i - 10}`],
    subject: String(i),
    enabled: (ws) => canPlot(ws, plot),
    run: (ws) => ws.setPlot(0, plot),
  }),
);

const TAG_MENU = command("tagMenu", "edit", {
  keys: ["t"],
  enabled: selected,
  run: (ws) => {
    ws.tagging.value = true;
  },
});

const COLOR_MENU = command("colorMenu", "edit", {
  keys: ["c"],
  enabled: selected,
  run: (ws) => {
    ws.painting.value = true;
  },
});

const TAGGING: readonly Command[] = [...TAGS.map((tag) => tag.id), ""].map((tag) =>
  command(`tag.${tag || "none"}`, "tag", {
    subject: tag,
    undoable: true,
    enabled: selected,
    run: (ws) => ws.commit({ kind: "tag", ids: selectedIds(ws), tag }),
  }),
);

/** A letter shows the next system of that letter alone or with the others. */
const SYSTEMS: readonly Command[] = ["a", "b", "d", "g", "h", "k", "l", "x"].flatMap((letter) =>
  [false, true].map((only) =>
    command(`system.${letter}${only ? ".only" : ""}`, "system", {
      keys: [only ? `shift+${letter}` : letter],
      subject: letter,
      enabled: (ws) => systemsOf(ws, letter).length > 0,
      run: (ws) => {
        const system = systemsOf(ws, letter)[0]!;
        if (only) ws.toggleSystem(system, true);
        ws.plotSystem.value = system;
      },
    }),
  ),
);

/** Systems of a letter, beginning after the one that is shown. */
function systemsOf(ws: Workspace, letter: string): readonly string[] {
  const all = ws.table.system.values.filter((s) => letterOf(s, ws.table.shortcuts).toLowerCase() === letter);
  const at = all.indexOf(ws.plotSystem.value);
  return [...all.slice(at + 1), ...all.slice(0, at + 1)];
}

export const COMMANDS: readonly Command[] = [
  ...EDIT,
  ...SELECTION,
  ...SAMPLE,
  ...VIEW,
  ...PLOTS,
  TAG_MENU,
  COLOR_MENU,
  ...TAGGING,
  ...SYSTEMS,
];

const BY_ID = new Map(COMMANDS.map((c) => [c.id, c]));

/** The command of an id. An unknown one is a programmer's mistake. */
export function commandById(id: string): Command {
  const found = BY_ID.get(id);
  if (!found) throw new RangeError(`no command ${id}`);
  return found;
}

export interface KeyPress {
  readonly key: string;
  /** As the key is engraved: Shift+1 is "Digit1" on every layout. */
  readonly code: string;
  readonly ctrlKey: boolean;
  readonly metaKey: boolean;
  readonly shiftKey: boolean;
  readonly altKey: boolean;
}

/** The name of a key press as commands write it. Signs that need Shift on some layouts (+ and #) stand for themselves. */
export function keyOf(press: KeyPress): string {
  const digit = /^Digit(\d)$/.exec(press.code)?.[1];
  const sign =
    press.key.length === 1 &&
    !/[a-z0-9]/i.test(press.key) &&
    !(digit !== undefined && press.key !== "#" && press.key !== "+");
  const key = sign ? press.key : (digit ?? press.key.toLowerCase());
  const mod = press.ctrlKey || press.metaKey ? "mod+" : "";
  return `${mod}${press.altKey ? "alt+" : ""}${press.shiftKey && !sign ? "shift+" : ""}${key}`;
}

export function commandForKey(press: KeyPress, ws: Workspace): Command | undefined {
  const key = keyOf(press);
  return COMMANDS.find((c) => c.keys.includes(key) && c.enabled(ws));
}
