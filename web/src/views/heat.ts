/** Colours of heat maps: ordered by lightness for everyone, and never the colour of the ground. */
import type { Scheme } from "./theme";

const HEAT: Readonly<Record<Scheme, readonly string[]>> = {
  light: ["#e9eef3", "#cfdbe6", "#b3c8da", "#8fb0cc", "#6896bd", "#437bac", "#2c5f97", "#2b4280", "#2c2761"],
  dark: ["#1d252e", "#25333f", "#2f4756", "#3a5f70", "#47798a", "#5b95a0", "#7db3ad", "#b0d2b2", "#eef2bd"],
};

/** The highest level; 0 is nothing. */
export const HEAT_LEVELS = 8;

export const heatColor = (level: number, scheme: Scheme): string =>
  HEAT[scheme][Math.max(0, Math.min(HEAT_LEVELS, level))]!;

/** Lower bounds of the levels of a share of reads. */
const SHARES = [0.0001, 0.0003, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3];

export const shareLevel = (share: number): number => SHARES.filter((bound) => share >= bound).length;
