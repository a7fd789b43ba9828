/**
 * QR codes (ISO/IEC 18004) of short texts, so that a secret is never given to anybody else to be drawn: bytes only, error
 * correction M (15 %), versions 1 to 10, which is 213 bytes.
 */

/** By version: code words in all, correction words of each block, blocks. Table 9 of the standard, for level M. */
const VERSIONS: readonly (readonly [total: number, correction: number, blocks: number])[] = [
  [26, 10, 1],
  [44, 16, 1],
  [70, 26, 1],
  [100, 18, 2],
  [134, 24, 2],
  [172, 16, 4],
  [196, 18, 4],
  [242, 22, 4],
  [292, 22, 5],
  [346, 26, 5],
];

/** Centres of the alignment patterns, by version (annex E). */
const ALIGNMENT: readonly (readonly number[])[] = [
  [],
  [6, 18],
  [6, 22],
  [6, 26],
  [6, 30],
  [6, 34],
  [6, 22, 38],
  [6, 24, 42],
  [6, 26, 46],
  [6, 28, 50],
];

// --- the field GF(256) with x⁸+x⁴+x³+x²+1

const EXP = new Uint8Array(512);
const LOG = new Uint8Array(256);
for (let i = 0, x = 1; i < 255; i++) {
  EXP[i] = EXP[i + 255] = x;
  LOG[x] = i;
  x = x & 0x80 ? (x << 1) ^ 0x11d : x << 1;
}

const at = (list: ArrayLike<number>, i: number): number => list[i] ?? 0;
const times = (a: number, b: number): number => (a === 0 || b === 0 ? 0 : at(EXP, at(LOG, a) + at(LOG, b)));

/** Reed–Solomon: the rest of data·xⁿ by the generator of degree n. */
function correction(data: readonly number[], n: number): number[] {
  let generator = [1];
  for (let i = 0; i < n; i++) {
    const next = new Array<number>(generator.length + 1).fill(0);
    generator.forEach((g, j) => {
      next[j] = at(next, j) ^ g;
      next[j + 1] = at(next, j + 1) ^ times(g, at(EXP, i));
    });
    generator = next;
  }
  const rest = [...data, ...new Array<number>(n).fill(0)];
  for (let i = 0; i < data.length; i++) {
    const factor = at(rest, i);
    if (factor !== 0)
      generator.forEach((g, j) => {
        rest[i + j] = at(rest, i + j) ^ times(g, factor);
      });
  }
  return rest.slice(data.length);
}

/** Mode, length, bytes and padding of a version, without correction. */
function dataWords(bytes: Uint8Array, version: number, capacity: number): number[] {
  const bits: number[] = [];
  const put = (value: number, n: number) => {
    for (let i = n - 1; i >= 0; i--) bits.push((value >> i) & 1);
  };
  put(0b0100, 4);
  put(bytes.length, version < 10 ? 8 : 16);
  for (const b of bytes) put(b, 8);
  put(0, Math.min(4, capacity * 8 - bits.length));
  while (bits.length % 8 !== 0) bits.push(0);
  const words: number[] = [];
  for (let i = 0; i < bits.length; i += 8) words.push(bits.slice(i, i + 8).reduce((w, b) => (w << 1) | b, 0));
  for (let pad = 0xec; words.length < capacity; pad ^= 0xec ^ 0x11) words.push(pad);
  return words;
}

/** All code words in the order in which they are drawn: blocks interleaved, the short ones first. */
function codeWords(bytes: Uint8Array, version: number): number[] {
  const [total, n, blocks] = VERSIONS[version - 1] ?? [0, 0, 1];
  const data = dataWords(bytes, version, total - n * blocks);
  const short = Math.floor(data.length / blocks);
  const long = data.length % blocks;
  const parts: number[][] = [];
  for (let i = 0, from = 0; i < blocks; i++) {
    const size = short + (i >= blocks - long ? 1 : 0);
    parts.push(data.slice(from, from + size));
    from += size;
  }
  const checks = parts.map((p) => correction(p, n));
  const out: number[] = [];
  for (let i = 0; i <= short; i++) for (const p of parts) if (i < p.length) out.push(at(p, i));
  for (let i = 0; i < n; i++) for (const c of checks) out.push(at(c, i));
  return out;
}

/** A square of modules; those of patterns are fixed, and no data stand there. */
class Square {
  readonly size: number;
  readonly dark: Uint8Array;
  readonly fixed: Uint8Array;

  constructor(size: number) {
    this.size = size;
    this.dark = new Uint8Array(size * size);
    this.fixed = new Uint8Array(size * size);
  }

  fix(x: number, y: number, dark: boolean): void {
    if (x < 0 || y < 0 || x >= this.size || y >= this.size) return;
    this.dark[y * this.size + x] = dark ? 1 : 0;
    this.fixed[y * this.size + x] = 1;
  }

  is(x: number, y: number): boolean {
    return at(this.dark, y * this.size + x) === 1;
  }

  isFixed(x: number, y: number): boolean {
    return at(this.fixed, y * this.size + x) === 1;
  }
}

function patterns(version: number): Square {
  const square = new Square(17 + 4 * version);
  const { size } = square;
  for (let i = 0; i < size; i++) {
    square.fix(6, i, i % 2 === 0);
    square.fix(i, 6, i % 2 === 0);
  }
  const finder = (cx: number, cy: number) => {
    for (let dy = -4; dy <= 4; dy++)
      for (let dx = -4; dx <= 4; dx++) {
        const ring = Math.max(Math.abs(dx), Math.abs(dy));
        square.fix(cx + dx, cy + dy, ring !== 2 && ring !== 4);
      }
  };
  finder(3, 3);
  finder(size - 4, 3);
  finder(3, size - 4);
  const centres = ALIGNMENT[version - 1] ?? [];
  const last = size - 7;
  for (const cx of centres)
    for (const cy of centres) {
      if ((cx === 6 && (cy === 6 || cy === last)) || (cx === last && cy === 6)) continue;
      for (let dy = -2; dy <= 2; dy++)
        for (let dx = -2; dx <= 2; dx++) square.fix(cx + dx, cy + dy, Math.max(Math.abs(dx), Math.abs(dy)) !== 1);
    }
  format(square, 0);
  if (version >= 7) versionBits(square, version);
  return square;
}

/** Level and mask, twice, with their own correction (BCH 15,5). */
function format(square: Square, mask: number): void {
  const data = mask; // level M is 00
  let rest = data;
  for (let i = 0; i < 10; i++) rest = (rest << 1) ^ ((rest >> 9) * 0x537);
  const bits = ((data << 10) | rest) ^ 0x5412;
  const bit = (i: number) => ((bits >> i) & 1) === 1;
  const { size } = square;
  for (let i = 0; i <= 5; i++) square.fix(8, i, bit(i));
  square.fix(8, 7, bit(6));
  square.fix(8, 8, bit(7));
  square.fix(7, 8, bit(8));
  for (let i = 9; i < 15; i++) square.fix(14 - i, 8, bit(i));
  for (let i = 0; i < 8; i++) square.fix(size - 1 - i, 8, bit(i));
  for (let i = 8; i < 15; i++) square.fix(8, size - 15 + i, bit(i));
  square.fix(8, size - 8, true);
}

/** The version, twice, with its own correction (BCH 18,6); from 7 on. */
function versionBits(square: Square, version: number): void {
  let rest = version;
  for (let i = 0; i < 12; i++) rest = (rest << 1) ^ ((rest >> 11) * 0x1f25);
  const bits = (version << 12) | rest;
  for (let i = 0; i < 18; i++) {
    const dark = ((bits >> i) & 1) === 1;
    const [a, b] = [square.size - 11 + (i % 3), Math.floor(i / 3)];
    square.fix(a, b, dark);
    square.fix(b, a, dark);
  }
}

const MASKS: readonly ((x: number, y: number) => boolean)[] = [
  (x, y) => (x + y) % 2 === 0,
  (_, y) => y % 2 === 0,
  (x) => x % 3 === 0,
  (x, y) => (x + y) % 3 === 0,
  (x, y) => (Math.floor(x / 3) + Math.floor(y / 2)) % 2 === 0,
  (x, y) => ((x * y) % 2) + ((x * y) % 3) === 0,
  (x, y) => (((x * y) % 2) + ((x * y) % 3)) % 2 === 0,
  (x, y) => (((x + y) % 2) + ((x * y) % 3)) % 2 === 0,
];

/** Draws the words in columns of two, upwards and downwards in turn, turned round where the mask says so. */
function draw(version: number, words: readonly number[], mask: number): Square {
  const square = patterns(version);
  const { size } = square;
  const turned = MASKS[mask] ?? (() => false);
  let i = 0;
  for (let right = size - 1; right >= 1; right -= 2) {
    if (right === 6) right = 5;
    for (let step = 0; step < size; step++)
      for (const x of [right, right - 1]) {
        const upwards = ((right + 1) & 2) === 0;
        const y = upwards ? size - 1 - step : step;
        if (square.isFixed(x, y)) continue;
        const bit = (at(words, i >> 3) >> (7 - (i & 7))) & 1;
        square.dark[y * size + x] = (bit === 1) !== turned(x, y) ? 1 : 0;
        i++;
      }
  }
  format(square, mask);
  return square;
}

/** How hard a square is to read (7.8.3): long runs, blocks, what looks like a finder, too dark or too light. */
function penalty(square: Square): number {
  const { size } = square;
  let sum = 0;
  let dark = 0;
  for (const across of [true, false])
    for (let a = 0; a < size; a++) {
      let run = 0;
      let line = "";
      for (let b = 0; b < size; b++) {
        const is = across ? square.is(b, a) : square.is(a, b);
        if (across && is) dark++;
        run = b > 0 && line.endsWith(is ? "1" : "0") ? run + 1 : 1;
        line += is ? "1" : "0";
        if (run === 5) sum += 3;
        else if (run > 5) sum++;
      }
      for (const finder of ["10111010000", "00001011101"])
        for (let from = line.indexOf(finder); from >= 0; from = line.indexOf(finder, from + 1)) sum += 40;
    }
  for (let y = 0; y + 1 < size; y++)
    for (let x = 0; x + 1 < size; x++) {
      const is = square.is(x, y);
      if (square.is(x + 1, y) === is && square.is(x, y + 1) === is && square.is(x + 1, y + 1) === is) sum += 3;
    }
  return sum + 10 * Math.floor(Math.abs((dark * 100) / (size * size) - 50) / 5);
}

/**
 * The modules of a text's QR code, line by line, true for dark; without the quiet zone of 4 around it. Throws when the text
 * is too long. The mask is chosen as the standard asks, unless one is given.
 */
export function qr(text: string, mask?: number): boolean[][] {
  const bytes = new TextEncoder().encode(text);
  const version =
    1 + VERSIONS.findIndex(([total, n, blocks], i) => total - n * blocks >= bytes.length + (i < 9 ? 2 : 3));
  if (version === 0) throw new Error(`a QR code of ${bytes.length} bytes: too long`);
  const words = codeWords(bytes, version);
  const masks = mask === undefined ? MASKS.map((_, i) => i) : [mask];
  const [best] = masks.map((each) => draw(version, words, each)).sort((a, b) => penalty(a) - penalty(b));
  if (!best) return [];
  return Array.from({ length: best.size }, (_, y) => Array.from({ length: best.size }, (__, x) => best.is(x, y)));
}

/** The dark modules as the path of an SVG with a side of size + 8: the quiet zone is part of it. */
export function qrPath(modules: readonly (readonly boolean[])[]): string {
  return modules.flatMap((line, y) => line.map((dark, x) => (dark ? `M${x + 4} ${y + 4}h1v1h-1z` : ""))).join("");
}
