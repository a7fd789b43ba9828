import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { call } from "../../api/client";
import { autoConfigs, configs } from "../../api/queries";
import type { SampleSet } from "../../api/types";
import { Fault, Loading, useMessages } from "../server/parts";
import { Form } from "./BulkRun";

/** Which analyses run by themselves when reads arrive in the set. */
export function AutoConfigs({ set, onClose }: { set: SampleSet; onClose: () => void }) {
  const m = useMessages();
  const now = useQuery(autoConfigs(set.id));
  const client = useQueryClient();
  const [chosen, setChosen] = useState<readonly number[] | null>(null);
  const value = chosen ?? now.data?.config_ids ?? [];
  const save = useMutation({
    mutationFn: () =>
      call("put", "/api/v1/sets/{id}/auto-configs", { path: { id: set.id }, body: { config_ids: [...value] } }),
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: autoConfigs(set.id).queryKey });
      onClose();
    },
  });
  return (
    <Form
      title={m.lists.autoTitle(set.title)}
      action={m.server.common.save}
      busy={save.isPending || !now.data}
      error={save.error}
      onClose={onClose}
      onSubmit={() => save.mutate()}
    >
      <p className="secondary">{m.lists.autoText}</p>
      {now.error && <Fault error={now.error} retry={() => void now.refetch()} />}
      {now.isPending ? <Loading /> : <ConfigChecks value={value} onChange={setChosen} />}
    </Form>
  );
}

export function ConfigChecks({
  value,
  onChange,
}: {
  value: readonly number[];
  onChange: (value: readonly number[]) => void;
}) {
  const m = useMessages();
  const list = useQuery(configs).data?.items.filter((c) => !c.archived || value.includes(c.id)) ?? [];
  return (
    <fieldset className="checks config-checks">
      <legend>{m.lists.autoLegend}</legend>
      {list.map((c) => (
        <label key={c.id} className="check" title={c.info}>
          <input
            type="checkbox"
            checked={value.includes(c.id)}
            onChange={(e) => onChange(e.currentTarget.checked ? [...value, c.id] : value.filter((id) => id !== c.id))}
          />{" "}
          {c.name}
        </label>
      ))}
    </fieldset>
  );
}
