/** Rights of groups as a matrix, and what somebody wants to change of it. */
import type { Group, GroupDetail } from "./queries";

/** The order in which columns stand, whatever the server's. */
const ORDER = ["create", "read", "edit", "upload", "run", "save", "anon", "share"];

export const KINDS = ["set", "config", "preprocess", "group"] as const;
export type RightKind = (typeof KINDS)[number];

export const nameOf = (right: string): string => right.slice(right.indexOf(":") + 1);

/** The columns of a kind: set:create, set:read, … */
export const columnsOf = (kind: RightKind, kinds: readonly { kind: string; rights: readonly string[] }[]): string[] =>
  [...(kinds.find((k) => k.kind === kind)?.rights ?? [])].sort(
    (a, b) => ORDER.indexOf(nameOf(a)) - ORDER.indexOf(nameOf(b)),
  );

/** Groups with those below them after them; personal ones, which are many, at the end. */
export function treeOf(groups: readonly Group[]): readonly { readonly group: Group; readonly depth: number }[] {
  const byName = (a: Group, b: Group) => a.name.localeCompare(b.name);
  const rank = (g: Group) => (g.kind === "public" ? 1 : g.kind === "personal" ? 2 : 0);
  const ids = new Set(groups.map((g) => g.id));
  const roots = groups
    .filter((g) => !g.parent_id || !ids.has(g.parent_id))
    .sort((a, b) => rank(a) - rank(b) || byName(a, b));
  return roots.flatMap((root) => [
    { group: root, depth: 0 },
    ...groups
      .filter((g) => g.parent_id === root.id)
      .sort(byName)
      .map((group) => ({ group, depth: 1 })),
  ]);
}

/** Changes that are not saved yet: by group, rights to be turned round. */
export type Pending = ReadonlyMap<number, ReadonlySet<string>>;

export function turn(pending: Pending, group: number, right: string): Pending {
  const rights = new Set(pending.get(group));
  if (!rights.delete(right)) rights.add(right);
  const next = new Map(pending);
  if (rights.size > 0) next.set(group, rights);
  else next.delete(group);
  return next;
}

export const holds = (group: Group, right: string, pending: Pending): boolean =>
  group.rights.includes(right) !== (pending.get(group.id)?.has(right) ?? false);

/** All rights that a group is to have: the server takes no less. */
export function wanted(group: Group, pending: Pending): string[] {
  const turned = pending.get(group.id) ?? new Set<string>();
  return [...group.rights.filter((r) => !turned.has(r)), ...[...turned].filter((r) => !group.rights.includes(r))];
}

export interface PersonRights {
  readonly id: number;
  readonly name: string;
  readonly email: string;
  readonly direct: boolean;
  /** Names of the groups below through which the person comes. */
  readonly through: readonly string[];
  /** Rights on what is open to the group: own ones, or by a group below. */
  readonly rights: ReadonlyMap<string, readonly string[]>;
}

/**
 * What people may do with what is open to a group. Rights of a group count for its own members; members of a group below
 * reach what is open to the group above, with the rights of theirs.
 */
export function peopleOf(group: GroupDetail, below: readonly GroupDetail[]): PersonRights[] {
  const people = new Map<number, { name: string; email: string; groups: GroupDetail[] }>();
  for (const g of [group, ...below]) {
    for (const p of g.people) {
      const known = people.get(p.user_id);
      if (known) known.groups.push(g);
      else people.set(p.user_id, { name: p.name, email: p.email, groups: [g] });
    }
  }
  return [...people]
    .map(([id, p]) => {
      const rights = new Map<string, string[]>();
      for (const g of p.groups)
        for (const right of g.rights)
          rights.set(right, [...(rights.get(right) ?? []), g.id === group.id ? "" : g.name]);
      return {
        id,
        name: p.name,
        email: p.email,
        direct: p.groups.some((g) => g.id === group.id),
        through: p.groups.filter((g) => g.id !== group.id).map((g) => g.name),
        rights,
      };
    })
    .sort((a, b) => a.name.localeCompare(b.name));
}
