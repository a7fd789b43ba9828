import { useMutation, useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import type { FormEvent, ReactNode } from "react";
import { useState } from "react";
import { call } from "../../api/client";
import { configs } from "../../api/queries";
import type { SampleSet } from "../../api/types";
import { Dialog, Fault, useMessages } from "../server/parts";
import { useSetStates } from "./ResultStates";

interface Props {
  readonly sets: readonly SampleSet[];
  onClose(): void;
  onDone(text: string): Promise<void>;
}

const WHICH = ["missing", "failed", "stale", "all"] as const;
type Which = (typeof WHICH)[number];

/** Analyses all samples of the sets by a config. */
export function BulkRun({ sets, onClose, onDone }: Props) {
  const m = useMessages();
  const words = m.server.set;
  const list = useQuery(configs).data?.items.filter((c) => !c.archived) ?? [];
  const [config, setConfig] = useState(0);
  const [which, setWhich] = useState<Which>("missing");
  const id = config || (list[0]?.id ?? 0);
  const mine = sets.filter((s) => s.may.includes("run"));
  const run = useMutation({
    mutationFn: () =>
      call("post", "/api/v1/runs", { body: { config_id: id, set_ids: mine.map((s) => s.id), which: [which] } }),
    onSuccess: (o) =>
      onDone(
        `${words.ran(o.added, o.spared)} ${o.skipped.length > 0 ? `${words.skipped(o.skipped.length)} ${o.skipped[0]?.reason ?? ""}` : ""}`.trim(),
      ),
  });
  const label: Record<Which, string> = {
    missing: words.runMissing,
    failed: words.runFailed,
    stale: words.runStale,
    all: words.runAll,
  };
  return (
    <Form
      title={m.lists.runTitle(mine.length)}
      action={words.run}
      busy={run.isPending || id === 0}
      error={run.error}
      onClose={onClose}
      onSubmit={() => run.mutate()}
    >
      <ConfigField value={id} items={list} onChange={setConfig} />
      <fieldset className="checks">
        <legend>{m.lists.which}</legend>
        {WHICH.map((w) => (
          <label key={w} className="check">
            <input type="radio" name="which" checked={w === which} onChange={() => setWhich(w)} /> {label[w]}
          </label>
        ))}
      </fieldset>
    </Form>
  );
}

/** Puts the newest results of the sets side by side: of all their samples, which must have one by the config. */
export function BulkCompare({ sets, onClose }: { sets: readonly SampleSet[]; onClose: () => void }) {
  const m = useMessages();
  const navigate = useNavigate();
  const states = useSetStates(sets.map((s) => s.id));
  const all = useQuery(configs).data?.items ?? [];
  const count = (id: number) =>
    sets.reduce((sum, s) => sum + (states.get(s.id)?.find((x) => x.config_id === id)?.results ?? 0), 0);
  const list = all.filter((c) => count(c.id) > 0).sort((a, b) => count(b.id) - count(a.id));
  const [config, setConfig] = useState(0);
  const id = config || (list[0]?.id ?? 0);
  const open = useMutation({
    mutationFn: async () => {
      const found = await Promise.all(
        sets.map((s) => call("get", "/api/v1/sets/{id}/results", { path: { id: s.id } })),
      );
      return [
        ...new Set(found.flatMap((f) => f.items.filter((c) => c.config_id === id && c.result).map((c) => c.sample_id))),
      ];
    },
    onSuccess: (samples) => navigate({ to: "/compare/$of", params: { of: `${id}-${samples.join("_")}` } }),
  });
  return (
    <Form
      title={m.lists.compareTitle(sets.length)}
      action={m.lists.compare}
      busy={open.isPending || id === 0}
      error={open.error}
      onClose={onClose}
      onSubmit={() => open.mutate()}
    >
      <p className="secondary">{list.length > 0 ? m.lists.compareText : m.lists.compareNothing}</p>
      {list.length > 0 && (
        <ConfigField value={id} items={list} onChange={setConfig} suffix={(c) => m.lists.withResult(count(c))} />
      )}
    </Form>
  );
}

export function ConfigField({
  value,
  items,
  onChange,
  suffix,
}: {
  value: number;
  items: readonly { readonly id: number; readonly name: string; readonly info?: string }[];
  onChange: (id: number) => void;
  suffix?: (id: number) => string;
}) {
  const m = useMessages();
  return (
    <label className="form-field">
      <span>{m.server.set.config}</span>
      <select className="select framed" value={value} onChange={(e) => onChange(Number(e.currentTarget.value))}>
        {items.map((c) => (
          <option key={c.id} value={c.id}>
            {c.name}
            {suffix ? ` (${suffix(c.id)})` : ""}
          </option>
        ))}
      </select>
      {items.find((c) => c.id === value)?.info && (
        <span className="hint">{items.find((c) => c.id === value)?.info}</span>
      )}
    </label>
  );
}

/** A dialog with one thing to decide. */
export function Form({
  title,
  action,
  busy,
  error,
  onClose,
  onSubmit,
  children,
}: {
  title: string;
  action: string;
  busy: boolean;
  error: unknown;
  onClose: () => void;
  onSubmit: () => void;
  children: ReactNode;
}) {
  const m = useMessages();
  const submit = (e: FormEvent) => {
    e.preventDefault();
    e.stopPropagation();
    if (!busy) onSubmit();
  };
  return (
    <Dialog opened onClose={onClose} title={title}>
      <form className="form" onSubmit={submit}>
        {children}
        {error !== null && error !== undefined && <Fault error={error} />}
        <div className="form-actions">
          <button type="button" className="button" onClick={onClose}>
            {m.server.common.cancel}
          </button>
          <button type="submit" className="button primary" disabled={busy}>
            {action}
          </button>
        </div>
      </form>
    </Dialog>
  );
}
