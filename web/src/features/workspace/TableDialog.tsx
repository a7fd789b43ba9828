import { IconCopy, IconDownload } from "@tabler/icons-react";
import { useState } from "react";
import { plain } from "../../core/format";
import { messages } from "../../i18n";
import { download } from "../../ui/download";
import { Modal } from "../../ui/Modal";
import { useSignal } from "../../ui/useSignal";
import type { DataTable } from "../../views/table";
import { toTsv } from "../../views/table";

/** More lines than this nobody reads, and a page of them is slow; the file has all. */
const SHOWN = 500;

interface TableDialogProps {
  /** Null is closed. */
  readonly table: DataTable | null;
  readonly title: string;
  readonly file: string;
  onClose(): void;
}

/** The data of a picture as a table: to read, to copy, to download. */
export function TableDialog({ table, title, file, onClose }: TableDialogProps) {
  const m = useSignal(messages);
  return (
    <Modal
      opened={table !== null}
      onClose={onClose}
      title={title}
      size="xl"
      closeButtonProps={{ "aria-label": m.plots.table.close }}
    >
      {table && <Contents table={table} file={file} />}
    </Modal>
  );
}

function Contents({ table, file }: { table: DataTable; file: string }) {
  const m = useSignal(messages);
  const [copied, setCopied] = useState(false);
  const { head, rows } = table;
  if (rows.length === 0) return <p>{m.plots.table.empty}</p>;
  const copy = async () => {
    await navigator.clipboard.writeText(toTsv(table));
    setCopied(true);
  };
  return (
    <>
      <div className="table-actions">
        <button type="button" className="quiet" onClick={() => void copy()}>
          <IconCopy size={15} stroke={1.6} /> {copied ? m.plots.table.copied : m.plots.table.copy}
        </button>
        <button
          type="button"
          className="quiet"
          onClick={() => download(`${file}.tsv`, toTsv(table), "text/tab-separated-values")}
        >
          <IconDownload size={15} stroke={1.6} /> {m.plots.table.download}
        </button>
      </div>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reached by keys */}
      <section className="table-scroll" tabIndex={0} aria-label={file}>
        <table className="data-table">
          <thead>
            <tr>
              {head.map((name, i) => (
                // biome-ignore lint/suspicious/noArrayIndexKey: columns stand still, and two may be called alike
                <th key={i} scope="col">
                  <bdi>{name}</bdi>
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.slice(0, SHOWN).map((row, i) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: rows stand still
              <tr key={i}>
                {row.map((value, k) => (
                  // biome-ignore lint/suspicious/noArrayIndexKey: columns stand still
                  <td key={k} className={typeof value === "number" ? "num" : ""}>
                    {typeof value === "number" ? plain(value, m.locale, 4) : <bdi>{value}</bdi>}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </section>
      {rows.length > SHOWN && <p className="secondary">{m.plots.table.cut(SHOWN, rows.length)}</p>}
    </>
  );
}
