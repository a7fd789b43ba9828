import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import type { FormEvent } from "react";
import { useState } from "react";
import { call } from "../../api/client";
import { fieldFault } from "../../api/problem";
import { Dialog, Fault, Field, useMessages } from "../server/parts";
import { Area, Choice } from "./parts";
import type { Group } from "./queries";

export function NewGroup({ all, onClose }: { all: readonly Group[]; onClose: () => void }) {
  const m = useMessages();
  const words = m.admin.groups;
  const client = useQueryClient();
  const navigate = useNavigate();
  const [form, setForm] = useState({ name: "", description: "", parent: 0 });
  const make = useMutation({
    mutationFn: () =>
      call("post", "/api/v1/groups", {
        body: {
          name: form.name,
          description: form.description,
          ...(form.parent ? { parent_id: form.parent } : {}),
        },
      }),
    onSuccess: async (made) => {
      await client.invalidateQueries({ queryKey: ["groups"] });
      await navigate({ to: "/admin/groups/$id", params: { id: String(made.id) } });
    },
  });
  const submit = (e: FormEvent) => {
    e.preventDefault();
    make.mutate();
  };
  return (
    <Dialog opened onClose={onClose} title={words.create}>
      <form onSubmit={submit} className="form">
        <Field
          label={words.name}
          data-autofocus
          required
          dir="auto"
          value={form.name}
          fault={fieldFault(make.error, "name")}
          onChange={(e) => setForm({ ...form, name: e.currentTarget.value })}
        />
        <Choice
          label={words.parent}
          hint={words.parentHint}
          value={form.parent}
          onChange={(e) => setForm({ ...form, parent: Number(e.currentTarget.value) })}
        >
          <option value={0}>{words.noParent}</option>
          {all
            .filter((g) => g.kind === "ordinary" && !g.parent_id)
            .map((g) => (
              <option key={g.id} value={g.id}>
                {g.name}
              </option>
            ))}
        </Choice>
        <Area
          label={words.description}
          value={form.description}
          fault={fieldFault(make.error, "description")}
          onChange={(e) => setForm({ ...form, description: e.currentTarget.value })}
        />
        {make.error && <Fault error={make.error} />}
        <div className="form-actions">
          <button type="button" className="button" onClick={onClose}>
            {m.server.common.cancel}
          </button>
          <button type="submit" className="button primary" disabled={make.isPending}>
            {words.create}
          </button>
        </div>
      </form>
    </Dialog>
  );
}
