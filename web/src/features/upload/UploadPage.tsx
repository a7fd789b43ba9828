/** Adding samples: files are chosen, the server says what they would become, a person looks at it once, and it is done. */
import { useMutation, useQuery } from "@tanstack/react-query";
import { Link, useParams } from "@tanstack/react-router";
import { useState } from "react";
import type { Sheet, UploadPlan } from "../../api/plan";
import { planUploads } from "../../api/plan";
import { set, whoami } from "../../api/queries";
import { forget, readDraft, useDraft } from "../server/draft";
import { Empty, Fault, Page, useMessages } from "../server/parts";
import { Choose } from "./Choose";
import { PlanTable } from "./PlanTable";
import type { Chosen, Draft, Typed } from "./plan";
import { draftsOf, isSheet, typedAgain, typedOf } from "./plan";
import { SheetBox } from "./SheetBox";
import { useMake } from "./useMake";
import "../sets/lists.css";

/** What is planned: files, and the sheet that tells about them. */
interface Input {
  readonly files: readonly Chosen[];
  readonly sheet: { readonly name: string; readonly content: Sheet } | null;
}

interface Planned extends Input {
  readonly plan: UploadPlan;
}

async function look(setId: number, { files, sheet }: Input): Promise<Planned> {
  const found = sheet ? undefined : files.find((c) => c.file && isSheet(c.path, c.size));
  const rest = files.filter((c) => c !== found);
  const used = found?.file && rest.length > 0 ? { name: found.path, content: found.file } : sheet;
  const plan = await planUploads(setId, rest.length > 0 ? rest : files, used?.content);
  return { plan, files: rest.length > 0 ? rest : files, sheet: used };
}

const isTyped = (v: unknown): v is Typed => typeof v === "object" && v !== null;

export function UploadPage() {
  const id = Number(useParams({ from: "/in/sets/$id/upload" }).id);
  const m = useMessages();
  const words = m.server.upload;
  const query = useQuery(set(id));
  const mayCreate = (useQuery(whoami).data?.targets.set ?? []).length > 0;
  const patients = query.data?.kind !== "patient";
  const key = `upload.${id}`;
  const [drafts, setDrafts] = useState<readonly Draft[]>([]);
  const typed = useDraft<Typed>(key, {}, isTyped);
  const change = (next: readonly Draft[]) => {
    setDrafts(next);
    typed.change(typedOf(next));
  };
  const plan = useMutation({
    mutationFn: (input: Input) => look(id, input),
    onSuccess: (p) => setDrafts(typedAgain(draftsOf(p.plan, patients, mayCreate), readDraft(key, isTyped) ?? {})),
  });
  const planned = plan.data;
  const make = useMake(query.data, drafts, new Map(planned?.files.map((c) => [c.path, c])), change, () => forget(key));
  const anew = () => {
    forget(key);
    plan.reset();
    make.reset();
  };
  const kicker = query.data && (
    <Link to="/sets/$id" params={{ id: String(id) }}>
      <bdi>{query.data.title}</bdi>
    </Link>
  );
  return (
    <Page title={words.title} kicker={kicker} ready={!query.isPending}>
      {query.error && <Fault error={query.error} retry={() => void query.refetch()} />}
      {!planned && <Choose busy={plan.isPending} onFiles={(files) => plan.mutate({ files, sheet: null })} />}
      {plan.error && <Fault error={plan.error} />}
      {planned && (
        <SheetBox
          sheet={planned.sheet?.name ?? ""}
          busy={plan.isPending}
          onSheet={(sheet) => {
            // A sheet tells anew what the rows are: what was typed before it does not stand over it.
            forget(key);
            plan.mutate({ files: planned.files, sheet });
          }}
        />
      )}
      {planned && planned.plan.samples.length === 0 && (
        <Empty title={words.nothing}>
          <button type="button" className="button" onClick={anew}>
            {words.startAnew}
          </button>
        </Empty>
      )}
      {planned && query.data && planned.plan.samples.length > 0 && (
        <PlanTable
          set={query.data}
          plan={planned.plan}
          drafts={drafts}
          onChange={change}
          busy={make.isPending || plan.isPending}
          error={make.error}
          onAnew={anew}
          onBegin={(choice) => make.mutate(choice)}
        />
      )}
    </Page>
  );
}
