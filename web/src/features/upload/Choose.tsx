import { IconFileUpload } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import type { DragEvent } from "react";
import { useRef, useState } from "react";
import { sources } from "../../api/queries";
import { useMessages } from "../server/parts";
import { chosenOf, dropped } from "./folder";
import type { Chosen } from "./plan";
import { SourceBrowser } from "./SourceBrowser";

interface Props {
  readonly busy: boolean;
  onFiles(files: readonly Chosen[]): void;
}

/** Where the files come from: this computer, or folders that the server sees. */
export function Choose({ busy, onFiles }: Props) {
  const m = useMessages();
  const mounted = useQuery(sources).data?.items ?? [];
  const [from, setFrom] = useState("");
  return (
    <>
      {mounted.length > 0 && (
        <div className="toolbar">
          <fieldset className="segmented" aria-label={m.lists.from}>
            {["", ...mounted].map((name) => (
              <button
                key={name}
                type="button"
                className="quiet"
                aria-pressed={name === from}
                onClick={() => setFrom(name)}
              >
                {name === "" ? m.lists.thisComputer : m.lists.mounted(name)}
              </button>
            ))}
          </fieldset>
        </div>
      )}
      {from === "" ? (
        <Drop busy={busy} onFiles={onFiles} />
      ) : (
        <SourceBrowser key={from} source={from} busy={busy} onFiles={onFiles} />
      )}
    </>
  );
}

function Drop({ busy, onFiles }: Props) {
  const m = useMessages();
  const words = m.server.upload;
  const files = useRef<HTMLInputElement>(null);
  const folder = useRef<HTMLInputElement>(null);
  const [over, setOver] = useState(false);
  const take = (list: FileList | null) => {
    const chosen = chosenOf(list ?? []);
    if (chosen.length > 0) onFiles(chosen);
  };
  const drop = (e: DragEvent) => {
    e.preventDefault();
    setOver(false);
    void dropped(e.dataTransfer).then((chosen) => chosen.length > 0 && onFiles(chosen));
  };
  return (
    <section
      className={over ? "drop over" : "drop"}
      aria-label={words.title}
      onDragOver={(e) => {
        e.preventDefault();
        setOver(true);
      }}
      onDragLeave={(e) => e.currentTarget === e.target && setOver(false)}
      onDrop={drop}
    >
      <IconFileUpload size={34} stroke={1.2} aria-hidden />
      <strong>{busy ? words.planning : words.drop}</strong>
      <span className="secondary">{m.lists.dropHint}</span>
      <span className="drop-buttons">
        <button type="button" className="button primary" disabled={busy} onClick={() => files.current?.click()}>
          {words.choose}
        </button>
        <button type="button" className="button" disabled={busy} onClick={() => folder.current?.click()}>
          {words.chooseFolder}
        </button>
      </span>
      <input
        ref={files}
        type="file"
        multiple
        hidden
        data-testid="files"
        onChange={(e) => take(e.currentTarget.files)}
      />
      <input
        ref={folder}
        type="file"
        multiple
        hidden
        data-testid="folder"
        {...{ webkitdirectory: "" }}
        onChange={(e) => take(e.currentTarget.files)}
      />
      <span className="secondary small">{m.lists.resumeHint}</span>
    </section>
  );
}
