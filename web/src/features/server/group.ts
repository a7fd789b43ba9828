import { useQuery } from "@tanstack/react-query";
import { whoami } from "../../api/queries";
import { useMessages } from "./parts";

interface Named {
  readonly id: number;
  readonly name: string;
}

/** How groups are called on pages: the one that only oneself is in has a number for a name, and is told in words. */
export function useGroupName(): (group: Named) => string {
  const { onlyMe } = useMessages().server.common;
  const own = useQuery(whoami).data?.groups?.find((g) => g.kind === "personal")?.id;
  return ({ id, name }) => (id === own ? onlyMe : name);
}
