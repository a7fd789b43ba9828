/** "3 uploads unfinished: choose the same files again", at the foot of every page until they are chosen or given up. */
import { useQueries } from "@tanstack/react-query";
import { useEffect, useMemo, useRef, useState } from "react";
import { call } from "../../api/client";
import type { Sample } from "../../api/types";
import { bytesText } from "../server/format";
import { useMessages } from "../server/parts";
import { uploads } from "./queue";
import type { Expected, Found, Unfinished } from "./unfinished";
import { findAgain, unnote } from "./unfinished";

/** All samples of a set: an upload may be of any of them. */
async function samplesOf(id: number): Promise<readonly Sample[]> {
  const out: Sample[] = [];
  let cursor: string | undefined = "";
  while (cursor !== undefined) {
    const page: { items: readonly Sample[]; next?: string } = await call("get", "/api/v1/sets/{id}/samples", {
      path: { id },
      query: { limit: 200, ...(cursor ? { cursor } : {}) },
    });
    out.push(...page.items);
    cursor = page.next;
  }
  return out;
}

interface Known {
  readonly files: readonly Expected[];
  /** Those that the server waits for no more. */
  readonly gone: readonly number[];
  readonly pending: boolean;
}

function useExpected(waiting: readonly Unfinished[]): Known {
  const sets = [...new Set(waiting.map((u) => u.setId))];
  const answers = useQueries({
    queries: sets.map((id) => ({ queryKey: ["set", id, "unfinished"], queryFn: () => samplesOf(id) })),
  });
  const files: Expected[] = [];
  const gone: number[] = [];
  for (const each of waiting) {
    const answer = answers[sets.indexOf(each.setId)];
    // Where the set cannot be read, somebody else has signed in, or no line is there: it is not theirs to be told.
    if (!answer?.data) continue;
    const sample = answer.data.find((s) => s.files.some((f) => f.id === each.fileId));
    const file = sample?.files.find((f) => f.id === each.fileId);
    if (sample && file?.state === "expected") files.push({ ...each, name: file.name, sample: sample.title });
    else gone.push(each.fileId);
  }
  return {
    files,
    gone,
    pending: answers.some((a) => a.isPending),
  };
}

export function ChooseAgain({ waiting }: { waiting: readonly Unfinished[] }) {
  const m = useMessages();
  const words = m.lists;
  const { files, gone, pending } = useExpected(waiting);
  const box = useRef<HTMLInputElement>(null);
  const [found, setFound] = useState<Found | null>(null);
  const goneKey = gone.join();
  useEffect(() => {
    if (goneKey !== "") unnote(goneKey.split(",").map(Number));
  }, [goneKey]);
  const total = useMemo(() => files.reduce((sum, f) => sum + f.size, 0), [files]);
  const take = (list: FileList | null) => {
    const result = findAgain(files, [...(list ?? [])]);
    setFound(result);
    uploads.add(
      result.matches.map(({ expected: { fileId, setId, sample }, file }) => ({ fileId, setId, sample, file })),
    );
  };
  if (pending || files.length === 0) return null;
  return (
    <div className="tray-head again">
      <strong>{words.unfinished(files.length, bytesText(total, m.locale))}</strong>
      <button type="button" className="button" onClick={() => box.current?.click()}>
        {words.chooseAgain}
      </button>
      <span className="again-names secondary mono small">{files.map((f) => f.name).join(", ")}</span>
      {found && found.changed.length + found.unknown.length > 0 && (
        <span className="state warn" role="alert">
          ⚠{" "}
          {found.changed.length > 0
            ? words.otherFile(found.changed.map((f) => f.name).join(", "))
            : words.unknownFiles(found.unknown.length)}
        </span>
      )}
      <span className="spring" />
      <button type="button" className="quiet" onClick={() => unnote(files.map((f) => f.fileId))}>
        {words.notNow}
      </button>
      <input
        ref={box}
        type="file"
        multiple
        hidden
        data-testid="again"
        onChange={(e) => {
          take(e.currentTarget.files);
          e.currentTarget.value = "";
        }}
      />
    </div>
  );
}
