import { IconBell, IconBellRinging } from "@tabler/icons-react";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { call } from "../../api/client";
import { whoami } from "../../api/queries";
import { follows } from "../account/queries";
import { useMessages } from "../server/parts";

/** Follows a set, or ends it: one is told by mail when it has something new. */
export function FollowButton({ id }: { id: number }) {
  const words = useMessages().people.mails;
  const client = useQueryClient();
  const who = useQuery(whoami).data;
  // What an account that does not change itself, or somebody who acts for another, would be refused.
  const may = who?.user !== undefined && !who.user.limited && !who.read_only && !who.acted_by;
  const list = useQuery({ ...follows, enabled: may }).data?.items;
  const on = list?.some((it) => it.id === id) ?? false;
  const change = useMutation({
    mutationFn: async (follow: boolean): Promise<void> => {
      if (follow) await call("put", "/api/v1/sets/{id}/follow", { path: { id } });
      else await call("delete", "/api/v1/sets/{id}/follow", { path: { id } });
    },
    onSettled: () => client.invalidateQueries({ queryKey: follows.queryKey }),
  });
  if (!may || list === undefined) return null;
  const shown = change.isPending ? change.variables : on;
  return (
    <button
      type="button"
      className="quiet"
      aria-pressed={shown}
      title={shown ? words.unfollowHint : words.followHint}
      disabled={change.isPending}
      onClick={() => change.mutate(!on)}
    >
      {shown ? <IconBellRinging size={15} stroke={1.6} aria-hidden /> : <IconBell size={15} stroke={1.6} aria-hidden />}{" "}
      {shown ? words.following : words.follow}
    </button>
  );
}
