import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import type { FormEvent } from "react";
import { useState } from "react";
import { call } from "../../api/client";
import { fieldFault } from "../../api/problem";
import { preProcesses } from "../../api/queries";
import { Dialog, Empty, Fault, Field, Loading, Page, useMessages } from "../server/parts";
import { OwnerOptions, useGroupNames, useOwners } from "./ConfigsPage";
import { Area, Check, Choice } from "./parts";
import type { PreProcess } from "./queries";
import { ShareList } from "./ShareList";

/** Steps before analysis: how the two reads of a pair become one. */
export function PreProcessesPage() {
  const m = useMessages();
  const words = m.admin.preProcesses;
  const { edit } = useSearch({ from: "/in/admin/pre-processes" });
  const navigate = useNavigate();
  const list = useQuery(preProcesses);
  const may = useOwners("preprocess").length > 0;
  const name = useGroupNames();
  const go = (id?: number) =>
    void navigate({ to: "/admin/pre-processes", search: id === undefined ? {} : { edit: id }, replace: true });
  const rows = list.data?.items ?? [];
  const chosen = rows.find((p) => p.id === edit);
  return (
    <Page
      title={words.title}
      ready={!list.isPending}
      actions={
        may && (
          <button type="button" className="button primary" onClick={() => go(0)}>
            {words.create}
          </button>
        )
      }
    >
      <p className="secondary">{words.text}</p>
      {list.error && <Fault error={list.error} retry={() => void list.refetch()} />}
      {list.isPending && <Loading />}
      {list.data && rows.length === 0 && <Empty title={words.empty} />}
      {rows.length > 0 && (
        <table className="table">
          <thead>
            <tr>
              <th>{m.admin.configs.name}</th>
              <th>{m.admin.configs.info}</th>
              <th>{words.keep}</th>
              <th>{words.overlap}</th>
              <th className="right">{m.admin.configs.revision}</th>
              <th>{m.admin.configs.owner}</th>
              <th>{m.admin.configs.sharedWith}</th>
            </tr>
          </thead>
          <tbody>
            {rows.map((p) => (
              <tr key={p.id} className={p.archived ? "closed" : ""}>
                <td>
                  <button type="button" className="row-button" onClick={() => go(p.id)}>
                    <bdi>{p.name}</bdi>
                  </button>{" "}
                  {p.archived && <span className="secondary small">{m.admin.configs.archived}</span>}
                </td>
                <td className="secondary">{p.info}</td>
                <td>{words.keeps[p.pairs.keep ?? "r1"]}</td>
                <td>{words.overlapText(p.pairs.min_overlap ?? 0, p.pairs.max_mismatch_percent ?? 0)}</td>
                <td className="right num">{p.revision}</td>
                <td>{name(p.group_id)}</td>
                <td className="secondary">{p.shared_with.map(name).join(", ")}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {edit === 0 && <Edit onClose={() => go()} />}
      {chosen && <Edit key={chosen.id} of={chosen} onClose={() => go()} />}
    </Page>
  );
}

function Edit({ of: it, onClose }: { of?: PreProcess; onClose: () => void }) {
  const m = useMessages();
  const words = m.admin.preProcesses;
  const client = useQueryClient();
  const targets = useOwners("preprocess");
  const [form, setForm] = useState({
    name: it?.name ?? "",
    info: it?.info ?? "",
    group: it?.group_id ?? 0,
    keep: (it?.pairs.keep ?? "r1") as "r1" | "r2" | "none",
    overlap: it?.pairs.min_overlap ? String(it.pairs.min_overlap) : "",
    mismatch: it?.pairs.max_mismatch_percent ? String(it.pairs.max_mismatch_percent) : "",
    archived: it?.archived ?? false,
  });
  const owner = form.group || targets[0] || 0;
  const pairs = {
    ...(form.keep === "r1" ? {} : { keep: form.keep }),
    ...(Number(form.overlap) > 0 ? { min_overlap: Number(form.overlap) } : {}),
    ...(Number(form.mismatch) > 0 ? { max_mismatch_percent: Number(form.mismatch) } : {}),
  };
  const save = useMutation({
    mutationFn: () =>
      it
        ? call("patch", "/api/v1/pre-processes/{id}", {
            path: { id: it.id },
            body: { name: form.name, info: form.info, archived: form.archived, pairs },
          })
        : call("post", "/api/v1/pre-processes", {
            body: { name: form.name, info: form.info, group_id: owner, pairs },
          }),
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: ["pre-processes"] });
      onClose();
    },
  });
  const may = it?.may_edit ?? true;
  const submit = (e: FormEvent) => {
    e.preventDefault();
    save.mutate();
  };
  return (
    <Dialog opened onClose={onClose} title={it ? it.name : words.create} size="lg">
      <form onSubmit={submit} className="form">
        <div className="form-row">
          <Field
            label={m.admin.configs.name}
            data-autofocus
            required
            disabled={!may}
            value={form.name}
            fault={fieldFault(save.error, "name")}
            onChange={(e) => setForm({ ...form, name: e.currentTarget.value })}
          />
          {!it && (
            <Choice
              label={m.admin.configs.owner}
              value={owner}
              onChange={(e) => setForm({ ...form, group: Number(e.currentTarget.value) })}
            >
              <OwnerOptions of={targets} />
            </Choice>
          )}
          <Choice
            label={words.keep}
            disabled={!may}
            value={form.keep}
            onChange={(e) => setForm({ ...form, keep: e.currentTarget.value as typeof form.keep })}
          >
            {(["r1", "r2", "none"] as const).map((k) => (
              <option key={k} value={k}>
                {words.keeps[k]}
              </option>
            ))}
          </Choice>
        </div>
        <div className="form-row">
          <Field
            label={words.minOverlap}
            hint={words.minOverlapHint}
            type="number"
            min={0}
            step={1}
            disabled={!may}
            placeholder={words.programDefault}
            value={form.overlap}
            fault={fieldFault(save.error, "min_overlap")}
            onChange={(e) => setForm({ ...form, overlap: e.currentTarget.value })}
          />
          <Field
            label={words.maxMismatch}
            hint={words.maxMismatchHint}
            type="number"
            min={0}
            max={50}
            step="any"
            disabled={!may}
            placeholder={words.programDefault}
            value={form.mismatch}
            fault={fieldFault(save.error, "max_mismatch_percent")}
            onChange={(e) => setForm({ ...form, mismatch: e.currentTarget.value })}
          />
        </div>
        <Area
          label={m.admin.configs.info}
          disabled={!may}
          value={form.info}
          onChange={(e) => setForm({ ...form, info: e.currentTarget.value })}
        />
        {it && (
          <Check
            label={words.archive}
            disabled={!may}
            checked={form.archived}
            onChange={(archived) => setForm({ ...form, archived })}
          />
        )}
        {it && (
          <details>
            <summary>{m.admin.configs.tabs.share}</summary>
            <ShareList what="pre-processes" thing={it} />
          </details>
        )}
        {save.error && <Fault error={save.error} />}
        <div className="form-actions">
          <button type="button" className="button" onClick={onClose}>
            {m.server.common.cancel}
          </button>
          {may && (
            <button type="submit" className="button primary" disabled={save.isPending || (!it && owner === 0)}>
              {it ? m.server.common.save : words.create}
            </button>
          )}
        </div>
      </form>
    </Dialog>
  );
}
