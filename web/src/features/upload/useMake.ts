import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { call } from "../../api/client";
import { autoConfigs } from "../../api/queries";
import type { SampleSet } from "../../api/types";
import { each } from "../sets/each";
import type { Chosen, Draft, Match } from "./plan";
import { matchesOf, newPatients, newSamples, patientKey, resumedOf, wanted, withPresent, withSample } from "./plan";
import { uploads } from "./queue";

/** Samples, or patients, that one request may make. */
const AT_ONCE = 100;

export interface Choice {
  readonly preProcess: number;
  /** What is analysed by itself on arrival; null leaves that as it is. */
  readonly configs: readonly number[] | null;
}

/**
 * Makes the patients and samples and begins the uploads; those that were made before go on. When it is refused on the
 * way, what was made is kept in the drafts: it is not made twice.
 */
export function useMake(
  set: SampleSet | undefined,
  drafts: readonly Draft[],
  files: ReadonlyMap<string, Chosen>,
  onMade: (drafts: readonly Draft[]) => void,
  onEnd: () => void,
) {
  const client = useQueryClient();
  const navigate = useNavigate();
  return useMutation({
    mutationFn: async ({ preProcess, configs }: Choice) => {
      if (!set) return;
      if (configs)
        await call("put", "/api/v1/sets/{id}/auto-configs", {
          path: { id: set.id },
          body: { config_ids: [...configs] },
        });
      let known = await withPatients(drafts, set.group_id);
      onMade(known);
      const sent = async (matches: readonly Match[]) => {
        const { there, refused } = await send(set.id, matches);
        known = known.map((d) => withPresent(d, there));
        onMade(known);
        if (refused.length > 0) throw new Error(refused.join("\n"));
      };
      await sent(
        resumedOf(
          known.filter((d) => !d.left && d.planned.sample_id),
          files,
        ),
      );
      for (;;) {
        const part = known.filter((d) => !d.left && !d.planned.sample_id).slice(0, AT_ONCE);
        if (part.length === 0) return;
        const { items } = await call("post", "/api/v1/samples", {
          body: { rows: newSamples(part, set.id, preProcess) },
        });
        known = known.map((d) => {
          const sample = items[part.indexOf(d)];
          return sample ? withSample(d, sample) : d;
        });
        onMade(known);
        await sent(matchesOf(part, items, files));
      }
    },
    onSuccess: async () => {
      onEnd();
      await Promise.all(["set", "sets"].map((key) => client.invalidateQueries({ queryKey: [key] })));
      if (!set) return;
      await client.invalidateQueries({ queryKey: autoConfigs(set.id).queryKey });
      await navigate({ to: "/sets/$id", params: { id: String(set.id) } });
    },
  });
}

/** Drafts whose new patients were made. */
async function withPatients(drafts: readonly Draft[], groupId: number): Promise<readonly Draft[]> {
  const { sets, keys } = newPatients(drafts, groupId);
  const made = new Map<string, { id: number; title: string }>();
  for (let at = 0; at < sets.length; at += AT_ONCE) {
    const { items } = await call("post", "/api/v1/sets", { body: { rows: sets.slice(at, at + AT_ONCE) } });
    items.forEach((set, i) => {
      made.set(keys[at + i] ?? "", { id: set.id, title: set.title });
    });
  }
  return drafts.map((d) => {
    const patient = made.get(patientKey(d.patient));
    return patient ? { ...d, patient: { kind: "set", ...patient } } : d;
  });
}

/** Files of this computer go into the queue; those of mounted folders are named to the server, and are there at once. */
async function send(setId: number, matches: readonly Match[]) {
  uploads.add(wanted(matches, setId));
  const { done, refused } = await each(
    matches.filter((m) => m.chosen.source !== undefined),
    (m) =>
      call("post", "/api/v1/samples/{id}/files/{file_id}/attach", {
        path: { id: m.sampleId, file_id: m.fileId },
        body: { source: m.chosen.source ?? "", path: m.chosen.path },
      }),
  );
  return {
    there: new Set(done.map((m) => m.fileId)),
    refused: refused.map((r) => `${r.item.chosen.path}: ${r.reason}`),
  };
}
