// Many clonotypes in the layout of vdj/columns, the same each time.
import {
  columnFromArray,
  dictionary,
  float32,
  float64,
  int8,
  int32,
  Table,
  tableFromColumns,
  tableToIPC,
  uint32,
  utf8,
} from "@uwdata/flechette";

const SYSTEMS = ["IGH", "IGH+", "IGK", "IGL", "TRA", "TRB", "TRG", "TRD"];

/** A generator of numbers from 0 to 1 by the constants of Numerical Recipes: the same sequence each time. */
function generator() {
  let seed = 12345;
  return () => {
    seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
    return seed / 2 ** 32;
  };
}

/** An Arrow stream of clonotypes whose sizes follow a power law, each in about a third of the samples. */
export function stream(rows, samples) {
  const random = generator();
  const letters = (n) => Array.from({ length: n }, () => "ACGT"[Math.floor(random() * 4)]).join("");
  const each = (of) => Array.from({ length: rows }, (_, i) => of(i));
  const column = (type, of) => columnFromArray(each(of), type);
  const system = each(() => SYSTEMS[Math.floor(random() ** 2 * SYSTEMS.length)]);
  const gene = (kind, n) => each((i) => `${system[i].slice(0, 3)}${kind}${1 + Math.floor(random() ** 1.5 * n)}*01`);
  const [five, three] = [gene("V", 50), gene("J", 6)];
  const text = (id) => dictionary(utf8(), int32(), false, id);
  const columns = {
    id: column(utf8(), () => letters(50)),
    top: column(int32(), (i) => i + 1),
    system: columnFromArray(system, text(0)),
    five: columnFromArray(five, text(1)),
    three: columnFromArray(three, text(2)),
    name: column(utf8(), (i) => `${five[i]} 3/${letters(5)}/2 ${three[i]}`),
    length: column(float32(), () => 150 + random() * 150),
    sequence_length: column(int32(), () => 150 + Math.floor(random() * 150)),
    gc: column(float32(), () => 0.4 + random() * 0.2),
    cdr3_aa: column(utf8(), () => "ARDYWGQGT".slice(0, 4 + Math.floor(random() * 5))),
    cdr3_start: column(int32(), () => 91),
    cdr3_stop: column(int32(), () => 90 + 3 * Math.floor(4 + random() * 20)),
    productive: column(int8(), () => Math.floor(random() * 3) - 1),
    evalue: column(float64(), () => 1e-20),
  };
  const described = [];
  for (let s = 0; s < samples; s++) {
    const reads = Uint32Array.from({ length: rows }, (_, i) =>
      random() < 0.35 ? Math.ceil((1e6 / (i + 1)) * random()) : 0,
    );
    columns[`reads_${s}`] = columnFromArray(reads, uint32());
    described.push(sample(s, system, reads));
  }
  const plain = tableFromColumns(columns);
  const meta = new Map([["vidjil", JSON.stringify({ version: 1, samples: described })]]);
  return tableToIPC(new Table({ ...plain.schema, metadata: meta }, plain.children), { format: "stream" });
}

function sample(s, system, reads) {
  const systems = {};
  reads.forEach((n, i) => {
    systems[system[i]] ??= { reads: 0, clonotypes: 0 };
    systems[system[i]].reads += n;
    systems[system[i]].clonotypes += n > 0 ? 1 : 0;
  });
  const sum = Object.values(systems).reduce((a, b) => a + b.reads, 0);
  return {
    name: `S${s + 1}`,
    original_name: `s${s + 1}.fastq`,
    total: Math.round(sum * 1.1),
    segmented: sum,
    systems,
  };
}
