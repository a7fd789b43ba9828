/** Adding samples: files are chosen, the server says what they would become, a person looks at it once, and it is done. */
import { IconFileUpload } from "@tabler/icons-react";
import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate, useParams } from "@tanstack/react-router";
import type { DragEvent } from "react";
import { useRef, useState } from "react";
import { call } from "../../api/client";
import type { UploadPlan } from "../../api/plan";
import { planUploads } from "../../api/plan";
import { samples, set } from "../../api/queries";
import type { Sample } from "../../api/types";
import { Empty, Fault, Loading, Page, useMessages } from "../server/parts";
import { chosenOf, dropped } from "./folder";
import { PlanTable } from "./PlanTable";
import type { Chosen, Draft } from "./plan";
import { draftsOf, isSheet, newSamples, resumedOf, wantedOf } from "./plan";
import { uploads } from "./queue";

/** Samples that one request may make. */
const AT_ONCE = 100;

interface Planned {
  readonly plan: UploadPlan;
  readonly files: ReadonlyMap<string, File>;
}

async function plan(setId: number, chosen: readonly Chosen[]): Promise<Planned> {
  const sheet = chosen.find((c) => isSheet(c.path, c.file.size));
  const rest = chosen.filter((c) => c !== sheet);
  const answer = await planUploads(
    setId,
    (rest.length > 0 ? rest : chosen).map((c) => ({ path: c.path, size: c.file.size })),
    sheet && rest.length > 0 ? await sheet.file.text() : "",
  );
  return { plan: answer, files: new Map(chosen.map((c) => [c.path, c.file])) };
}

export function UploadPage() {
  const id = Number(useParams({ from: "/in/sets/$id/upload" }).id);
  const m = useMessages();
  const words = m.server.upload;
  const query = useQuery(set(id));
  const [drafts, setDrafts] = useState<readonly Draft[]>([]);
  const look = useMutation({
    mutationFn: (chosen: readonly Chosen[]) => plan(id, chosen),
    onSuccess: (p) => setDrafts(draftsOf(p.plan)),
  });
  const make = useMake(id, drafts, look.data?.files ?? new Map());
  const kicker = query.data && (
    <Link to="/sets/$id" params={{ id: String(id) }}>
      <bdi>{query.data.title}</bdi>
    </Link>
  );
  const anew = () => {
    look.reset();
    make.reset();
  };
  return (
    <Page title={words.title} kicker={kicker} ready={!query.isPending}>
      {query.error && <Fault error={query.error} retry={() => void query.refetch()} />}
      {!look.data && <Choose busy={look.isPending} onFiles={(files) => look.mutate(files)} />}
      {look.error && <Fault error={look.error} />}
      {!look.data && <Unfinished setId={id} />}
      {look.data && look.data.plan.samples.length === 0 && (
        <Empty title={words.nothing}>
          <button type="button" className="button" onClick={anew}>
            {words.startAnew}
          </button>
        </Empty>
      )}
      {look.data && look.data.plan.samples.length > 0 && (
        <PlanTable
          plan={look.data.plan}
          drafts={drafts}
          onChange={setDrafts}
          busy={make.isPending}
          error={make.error}
          onAnew={anew}
          onBegin={(preProcess) => make.mutate(preProcess)}
        />
      )}
    </Page>
  );
}

/** Makes the samples and begins the uploads; those that were made before go on. */
function useMake(setId: number, drafts: readonly Draft[], files: ReadonlyMap<string, File>) {
  const client = useQueryClient();
  const navigate = useNavigate();
  return useMutation({
    mutationFn: async (preProcess: number) => {
      const chosen = drafts.filter((d) => !d.left);
      const fresh = chosen.filter((d) => !d.planned.sample_id);
      uploads.add(
        resumedOf(
          chosen.filter((d) => d.planned.sample_id),
          files,
          setId,
        ),
      );
      for (let at = 0; at < fresh.length; at += AT_ONCE) {
        const part = fresh.slice(at, at + AT_ONCE);
        const { items } = await call("post", "/api/v1/samples", {
          body: { rows: newSamples(part, setId, preProcess) },
        });
        uploads.add(wantedOf(part, items, files, setId));
      }
    },
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: ["set", setId] });
      await navigate({ to: "/sets/$id", params: { id: String(setId) } });
    },
  });
}

function Choose({ busy, onFiles }: { busy: boolean; onFiles: (files: readonly Chosen[]) => void }) {
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
      <span className="secondary">{words.dropHint}</span>
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
        {...{ webkitdirectory: "" }}
        onChange={(e) => take(e.currentTarget.files)}
      />
      <span className="secondary small">{words.resumeHint}</span>
    </section>
  );
}

/** Files that were announced and never came whole: the browser does not keep files, so the person is asked for them. */
function Unfinished({ setId }: { setId: number }) {
  const m = useMessages();
  const list = useInfiniteQuery(samples(setId));
  if (list.isPending) return <Loading />;
  const rows: readonly Sample[] = list.data?.pages.flatMap((p) => p.items) ?? [];
  const waiting = rows.flatMap((s) =>
    s.files
      .filter((f) => f.state === "expected" && f.generation === s.generation)
      .map((f) => ({ ...f, sample: s.title })),
  );
  if (waiting.length === 0) return null;
  return (
    <div className="note">
      <p>{m.server.upload.unfinished(waiting.length)}</p>
      <ul className="small">
        {waiting.slice(0, 30).map((f) => (
          <li key={f.id}>
            <bdi>{f.sample}</bdi> <bdi className="mono secondary">{f.name}</bdi>{" "}
            <span className="secondary">{f.reason}</span>
          </li>
        ))}
      </ul>
    </div>
  );
}
