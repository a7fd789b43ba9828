/** Files of a drop, those in dropped folders included. */
import type { Chosen } from "./plan";

export const chosenOf = (files: Iterable<File>): Chosen[] =>
  Array.from(files, (file) => ({ path: file.webkitRelativePath || file.name, size: file.size, file }));

export async function dropped(transfer: DataTransfer): Promise<Chosen[]> {
  // The list is gone once this turn of the event loop ends: the entries are taken first, then read.
  const entries = [...transfer.items].map((item) => item.webkitGetAsEntry()).filter((e) => e !== null);
  if (entries.length === 0) return chosenOf(transfer.files);
  return (await Promise.all(entries.map((e) => walk(e)))).flat();
}

async function walk(entry: FileSystemEntry): Promise<Chosen[]> {
  // What the system keeps beside files is of no use to anybody.
  if (entry.name.startsWith(".")) return [];
  if (entry.isFile) {
    const file = await new Promise<File>((resolve, reject) => (entry as FileSystemFileEntry).file(resolve, reject));
    return [{ path: entry.fullPath.replace(/^\//, ""), size: file.size, file }];
  }
  const reader = (entry as FileSystemDirectoryEntry).createReader();
  const out: Chosen[] = [];
  // A reader gives a part at a time, and nothing at the end.
  for (;;) {
    const part = await new Promise<FileSystemEntry[]>((resolve, reject) => reader.readEntries(resolve, reject));
    if (part.length === 0) return out;
    for (const child of part) out.push(...(await walk(child)));
  }
}
