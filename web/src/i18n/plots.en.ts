/** Words of plots and of the time graph. */
const clonotypes = (n: number): string => `${n.toLocaleString("en")} ${n === 1 ? "clonotype" : "clonotypes"}`;

export const plotsEn = {
  picture: "plot",
  keys: "Arrow keys go from mark to mark, Enter selects, Shift adds.",
  tool: { box: "Select with a box", lasso: "Select with a lasso" },
  toolHint: "Drag to select · Shift adds · Alt takes away · wheel zooms",

  axis: {
    options: (axis: string) => `Range and scale of ${axis}`,
    from: "From",
    to: "To",
    zoom: "Zoom to this range",
    filter: "Show only this range",
    toSelection: "Zoom to the selection",
    scale: "Scale",
    log: "Logarithmic",
    linear: "Linear",
    inverted: "Inverted",
    reset: "Whole axis",
    wrong: "Give a number, or leave it empty.",
    order: "The second number is below the first.",
    percent: "in percent",
  },
  resetZoom: "Whole axes",

  height: { size: "Size", count: "Number of clonotypes" } as Record<string, string>,
  heightLabel: "Height of the bars",
  overlap: "Overlap",
  index: {
    morisita: "Morisita–Horn",
    jaccard: "Jaccard",
    shared: "Shared clonotypes",
  } as Record<string, string>,
  indexLabel: "Overlap by",
  indexHint: {
    morisita: "2 Σpq / (Σp² + Σq²) on shares of reads: 1 for the same repertoire, 0 for none in common",
    jaccard: "of the clonotypes of either sample, the share that both have",
    shared: "clonotypes with reads in both samples",
  } as Record<string, string>,
  overlapAll: "over all clonotypes",
  overlapListed: "over the listed clonotypes",
  overlapCell: (a: string, b: string, value: string, shared: string) => `${a} × ${b}: ${value}${shared}`,
  overlapShared: (n: number) => `, ${clonotypes(n)} in both`,
  overlapOne: "An overlap needs two samples.",
  thisSample: "This sample",
  otherSample: "Other sample",
  pair: (r: string, n: number) => (r === "" ? `${clonotypes(n)} in both` : `r = ${r} · ${clonotypes(n)} in both`),
  rest: (label: string, n: number, size: string) =>
    n > 0 ? `${label}: ${clonotypes(n)} that are not listed, ${size}` : `${label}: not listed, ${size}`,

  table: {
    show: "Show as table…",
    copy: "Copy (TSV)",
    copied: "Copied",
    download: "Download (TSV)",
    close: "Close",
    cut: (shown: number, all: number) =>
      `The first ${shown.toLocaleString("en")} of ${all.toLocaleString("en")} rows; the file has all.`,
    empty: "There is nothing in this picture.",
  },
  column: {
    id: "Window",
    clonotypes: "Clonotypes",
    count: "Number of clonotypes",
    sample: "Sample",
    other: "Other sample",
    value: "Overlap",
  } as Record<string, string>,

  graph: {
    look: "Scale and spacing",
    scale: "Sizes",
    spacing: "Samples",
    near: "by date, labels apart",
    even: "at even distances",
    days: "by days",
    noDates: "Samples have no dates that order them.",
    series: "Other measurements (right axis)",
    noSeries: "This result has no other measurements.",
    moved: (name: string, place: number, of: number) => `${name} is now sample ${place} of ${of}`,
    hidden: (name: string) => `${name} is hidden`,
    sample: (name: string, facts: readonly string[]) => [name, ...facts].join(" · "),
    handle: "Drag to reorder; or Alt and an arrow key",
    hide: "Hide this sample",
    only: "Only this sample",
    sharing: "Only samples with the selected clonotypes",
    hint: "Click a label to go there, drag it to reorder, double-click to hide. Keys: Alt and ← → move the current sample, Delete hides it.",
  },
};

export type PlotMessages = typeof plotsEn;
