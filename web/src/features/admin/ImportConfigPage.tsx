import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import type { FormEvent } from "react";
import { useState } from "react";
import { call } from "../../api/client";
import { fieldFault } from "../../api/problem";
import type { components } from "../../api/schema";
import { Fault, Field, Page, useMessages } from "../server/parts";
import { OwnerOptions, useOwners } from "./ConfigsPage";
import { Area, Choice } from "./parts";

type ConfigFile = components["schemas"]["ConfigFile"];

/** What a person chose is a config file when it says so; anything else is told at once. */
function parse(text: string): ConfigFile | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && "vidjil_config" in value && "name" in value
      ? (value as ConfigFile)
      : null;
  } catch {
    return null;
  }
}

/** A config of another server, as a file, or of the original, as its command lines. */
export function ImportConfigPage() {
  const m = useMessages();
  const words = m.admin.configs;
  const client = useQueryClient();
  const targets = useOwners("config");
  const [from, setFrom] = useState<"file" | "command">("file");
  const [file, setFile] = useState<ConfigFile | null>(null);
  const [wrong, setWrong] = useState("");
  const [form, setForm] = useState({ name: "", command: "", fuse: "", group: 0 });
  const owner = form.group || targets[0] || 0;
  const load = useMutation({
    mutationFn: () =>
      call("post", "/api/v1/groups/{id}/configs/import", {
        path: { id: owner },
        body:
          from === "file" && file
            ? { ...file, name: form.name || file.name }
            : { name: form.name, command: form.command, ...(form.fuse ? { fuse_command: form.fuse } : {}) },
      }),
    onSuccess: () => client.invalidateQueries({ queryKey: ["configs"] }),
  });
  const choose = async (chosen: File | undefined) => {
    if (!chosen) return;
    const found = parse(await chosen.text());
    setFile(found);
    setWrong(found ? "" : words.notAConfig(chosen.name));
    if (found) setForm({ ...form, name: found.name });
  };
  const submit = (e: FormEvent) => {
    e.preventDefault();
    load.mutate();
  };
  return (
    <Page title={words.importTitle} narrow kicker={<Link to="/admin/configs">{words.title}</Link>}>
      {load.data && (
        <section className="note" role="status">
          <p>
            <strong>{words.imported}</strong>{" "}
            <Link to="/admin/configs/$id" params={{ id: String(load.data.config.id) }}>
              {load.data.config.name}
            </Link>
          </p>
          {load.data.notes.length > 0 && (
            <>
              <p>{words.importNotes}</p>
              <ul>
                {load.data.notes.map((n) => (
                  <li key={n}>{n}</li>
                ))}
              </ul>
            </>
          )}
        </section>
      )}
      <form onSubmit={submit} className="form block">
        <fieldset className="segmented" aria-label={words.importTitle}>
          {(["file", "command"] as const).map((f) => (
            <button key={f} type="button" className="quiet" aria-pressed={f === from} onClick={() => setFrom(f)}>
              {words.importFrom[f]}
            </button>
          ))}
        </fieldset>
        {from === "file" ? (
          <label className="form-field">
            <span className="secondary">{words.file}</span>
            <input
              type="file"
              accept=".json,application/json"
              className="field"
              data-testid="config-file"
              onChange={(e) => void choose(e.currentTarget.files?.[0])}
            />
            {wrong && (
              <span className="field-fault" role="alert">
                {wrong}
              </span>
            )}
          </label>
        ) : (
          <>
            <Area
              label={words.command}
              hint={words.commandHint}
              required
              className="field area mono"
              value={form.command}
              placeholder="-c clones -g germline/homo-sapiens.g -e 1 -2 -d -w 50 -r 5 -y all"
              fault={fieldFault(load.error, "command")}
              onChange={(e) => setForm({ ...form, command: e.currentTarget.value })}
            />
            <Field
              label={words.fuseCommand}
              className="field mono"
              value={form.fuse}
              placeholder="-t 100"
              fault={fieldFault(load.error, "fuse_command")}
              onChange={(e) => setForm({ ...form, fuse: e.currentTarget.value })}
            />
          </>
        )}
        <div className="form-row">
          <Field
            label={words.name}
            required
            dir="auto"
            value={form.name}
            fault={fieldFault(load.error, "name")}
            onChange={(e) => setForm({ ...form, name: e.currentTarget.value })}
          />
          <Choice
            label={words.owner}
            value={owner}
            onChange={(e) => setForm({ ...form, group: Number(e.currentTarget.value) })}
          >
            <OwnerOptions of={targets} />
          </Choice>
        </div>
        {load.error && <Fault error={load.error} />}
        <div className="form-actions">
          <button
            type="submit"
            className="button primary"
            disabled={load.isPending || owner === 0 || (from === "file" && !file)}
          >
            {words.import}
          </button>
        </div>
      </form>
    </Page>
  );
}
