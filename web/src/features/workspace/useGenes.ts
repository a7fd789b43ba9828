import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { call } from "../../api/client";
import { gunzip } from "../../core/decode";
import type { Gene } from "../../core/germline";
import type { GermlineSet, Species } from "../../core/germlineSet";
import { parseGermlineSet } from "../../core/germlineSet";
import type { Row } from "../../core/table";
import { textAt } from "../../core/table";
import { useSignal } from "../../ui/useSignal";
import { useServer, useWorkspace } from "./context";

/** Genes of what is shown. */
export interface Genes {
  readonly of: (name: string) => Gene | undefined;
  /** noSpecies: a file of this computer does not say whose genes it has. */
  readonly state: "off" | "noSpecies" | "unknownSet" | "loading" | "failed" | "ready";
  /** The result was made with another edition of the set. */
  readonly otherEdition: boolean;
  /** The client's own set, for a file of this computer. */
  readonly set: GermlineSet | null;
}

const NONE = (): undefined => undefined;

/** Of the server for its results, of the client's own sets for files: nothing is asked about them elsewhere. */
export function useGenes(rows: readonly Row[], wanted: boolean): Genes {
  const server = useServer();
  const asked = useServerGenes(rows, wanted && server !== null);
  const own = useOwnGenes(wanted && server === null);
  return server === null ? own : asked;
}

/** A set that comes with the client, read when it is first wanted. */
async function readSet(species: Species): Promise<GermlineSet> {
  const urls: Record<Species, URL> = {
    human: new URL("../../germline/human.tsv.gz", import.meta.url),
    mouse: new URL("../../germline/mouse.tsv.gz", import.meta.url),
  };
  const answer = await fetch(urls[species]);
  if (!answer.ok) throw new Error(`germline set ${species}: ${answer.status}`);
  // A server may have said that the browser is to unpack it.
  const bytes = await gunzip(new Uint8Array(await answer.arrayBuffer()));
  return parseGermlineSet(new TextDecoder().decode(bytes));
}

function useOwnGenes(wanted: boolean): Genes {
  const ws = useWorkspace();
  const species = useSignal(ws.species);
  const query = useQuery({
    queryKey: ["germline set", species],
    queryFn: () => readSet(species as Species),
    enabled: wanted && species !== null,
    staleTime: Number.POSITIVE_INFINITY,
  });
  return useMemo(() => {
    const set = query.data ?? null;
    const state = !wanted ? "off" : species === null ? "noSpecies" : query.error ? "failed" : set ? "ready" : "loading";
    return { of: set ? (name: string) => set.genes.get(name) : NONE, state, otherEdition: false, set };
  }, [query.data, query.error, species, wanted]);
}

function useServerGenes(rows: readonly Row[], wanted: boolean): Genes {
  const ws = useWorkspace();
  const { germline } = ws.table;
  const names = useMemo(() => {
    const { five, four, three } = ws.table;
    const all = rows.flatMap((row) => [textAt(five, row), textAt(four, row), textAt(three, row)]);
    return [...new Set(all)].filter((name) => name !== "").sort();
  }, [rows, ws]);
  const query = useQuery({
    queryKey: ["genes", germline?.name ?? "", names.join()],
    queryFn: ({ signal }) =>
      call("get", "/api/v1/germlines/{name}/genes", { path: { name: germline?.name ?? "" }, query: { names }, signal }),
    enabled: wanted && germline !== undefined && names.length > 0,
    staleTime: Number.POSITIVE_INFINITY,
    placeholderData: (before) => before,
  });
  return useMemo(() => {
    const byName = new Map(
      query.data?.items.map((g): [string, Gene] => [g.name, { ...g, anchor: g.anchor - 1 }]) ?? [],
    );
    const state = !wanted
      ? "off"
      : germline === undefined || (query.error && "status" in query.error && query.error.status === 404)
        ? "unknownSet"
        : query.error
          ? "failed"
          : query.data
            ? "ready"
            : "loading";
    return {
      of: byName.size > 0 ? (name: string) => byName.get(name) : NONE,
      state,
      otherEdition: query.data !== undefined && germline !== undefined && query.data.digest !== germline.digest,
      set: null,
    };
  }, [query.data, query.error, wanted, germline]);
}
