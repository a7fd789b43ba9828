import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate, useParams, useSearch } from "@tanstack/react-router";
import type { FormEvent } from "react";
import { call } from "../../api/client";
import { fieldFault } from "../../api/problem";
import { configs } from "../../api/queries";
import type { components } from "../../api/schema";
import { download, fileName } from "../../ui/download";
import { useDraft } from "../server/draft";
import { timeText, whole } from "../server/format";
import { Ask, Fault, Field, Loading, Page, useMessages } from "../server/parts";
import { useGroupNames } from "./ConfigsPage";
import { Classification, optionFault } from "./NewConfigPage";
import { OptionFields } from "./OptionFields";
import type { OptionForm } from "./options";
import { difference, faultsOf, formOf, optionsOf } from "./options";
import { Area } from "./parts";
import { config, configUse } from "./queries";
import { Differences, Revisions } from "./Revisions";
import { ShareList } from "./ShareList";

type Detail = components["schemas"]["ConfigDetail"];

const TABS = ["options", "revisions", "share", "use"] as const;

export function ConfigPage() {
  const m = useMessages();
  const words = m.admin.configs;
  const { id } = useParams({ from: "/in/admin/configs/$id" });
  const { part = "options" } = useSearch({ from: "/in/admin/configs/$id" });
  const it = useQuery(config(Number(id)));
  const name = useGroupNames();
  return (
    <Page
      title={it.data?.name ?? words.one}
      ready={!it.isPending}
      kicker={<Link to="/admin/configs">{words.title}</Link>}
      actions={it.data && <Actions config={it.data} />}
    >
      {it.error && <Fault error={it.error} retry={() => void it.refetch()} />}
      {it.isPending && <Loading />}
      {it.data && (
        <>
          <p className="facts">
            <span className="fact">{words.programs[it.data.program] ?? it.data.program}</span>
            <span className="fact">{words.revisionN(it.data.revision)}</span>
            <span className="fact">{m.server.set.owner(name(it.data.group_id))}</span>
            {it.data.archived && <span className="fact">{words.archived}</span>}
            {!it.data.may_edit && <span className="fact">{words.readOnly}</span>}
          </p>
          <nav className="tabs" aria-label={words.one}>
            {TABS.filter((t) => t !== "use" || it.data.may_edit).map((t) => (
              <Link
                key={t}
                to="/admin/configs/$id"
                params={{ id }}
                search={t === "options" ? {} : { part: t }}
                className="tab"
                activeOptions={{ exact: true }}
              >
                {words.tabs[t]}
              </Link>
            ))}
          </nav>
          {part === "options" && <Edit key={`${it.data.id} ${it.data.revision}`} config={it.data} />}
          {part === "revisions" && <Revisions revisions={it.data.revisions} />}
          {part === "share" && <ShareList what="configs" thing={it.data} />}
          {part === "use" && <Use id={it.data.id} />}
        </>
      )}
    </Page>
  );
}

function Actions({ config: it }: { config: Detail }) {
  const m = useMessages();
  const words = m.admin.configs;
  const client = useQueryClient();
  const navigate = useNavigate();
  const save = async () => {
    const file = await call("get", "/api/v1/configs/{id}/file", { path: { id: it.id } });
    download(`${fileName(it.name)}.json`, JSON.stringify(file, null, 2), "application/json");
  };
  const archive = async () => {
    await call("patch", "/api/v1/configs/{id}", { path: { id: it.id }, body: { archived: !it.archived } });
    await client.invalidateQueries({ queryKey: ["configs"] });
  };
  const remove = async () => {
    await call("delete", "/api/v1/configs/{id}", { path: { id: it.id } });
    await navigate({ to: "/admin/configs" });
    client.removeQueries({ queryKey: config(it.id).queryKey });
    await client.invalidateQueries({ queryKey: ["configs"] });
  };
  return (
    <>
      <button type="button" className="button" onClick={() => void save()}>
        {words.export}
      </button>
      {it.may_edit && (
        <>
          <Ask
            question={it.archived ? words.unarchiveAsk(it.name) : words.archiveAsk(it.name)}
            text={it.archived ? words.unarchiveText : words.archiveText}
            action={it.archived ? words.unarchive : words.archive}
            onYes={archive}
            className="button"
          >
            {it.archived ? words.unarchive : words.archive}
          </Ask>
          <Ask
            question={words.deleteAsk(it.name)}
            text={words.deleteText}
            action={words.delete}
            onYes={remove}
            className="button danger"
          >
            {words.delete}
          </Ask>
        </>
      )}
    </>
  );
}

interface Draft {
  readonly name: string;
  readonly info: string;
  readonly classification: number;
  readonly note: string;
  readonly options: OptionForm;
}

const isDraft = (v: unknown): v is Draft =>
  typeof v === "object" && v !== null && "options" in v && "name" in v && "note" in v;

function Edit({ config: it }: { config: Detail }) {
  const m = useMessages();
  const words = m.admin.configs;
  const client = useQueryClient();
  const headings = useQuery(configs).data?.classifications ?? [];
  const initial: Draft = {
    name: it.name,
    info: it.info,
    classification: it.classification_id ?? 0,
    note: "",
    options: formOf(it.options),
  };
  const draft = useDraft(`config.${it.id}.${it.revision}`, initial, isDraft);
  const form = draft.value;
  const options = optionsOf(form.options);
  const changes = difference(it.options, options);
  const facts = form.name !== it.name || form.info !== it.info || form.classification !== (it.classification_id ?? 0);
  const changed = changes.length > 0 || facts;
  const save = useMutation({
    mutationFn: () =>
      call("patch", "/api/v1/configs/{id}", {
        path: { id: it.id },
        body: {
          name: form.name,
          info: form.info,
          classification_id: form.classification,
          ...(changes.length > 0 ? { options, note: form.note } : {}),
        },
      }),
    onSuccess: async () => {
      draft.clear({ ...form, note: "" });
      await client.invalidateQueries({ queryKey: ["configs"] });
    },
  });
  const bad = faultsOf(form.options).size > 0;
  const submit = (e: FormEvent) => {
    e.preventDefault();
    if (!bad) save.mutate();
  };
  return (
    <form onSubmit={submit} className="form">
      {draft.restored && changed && (
        <p className="note">
          {words.restored}{" "}
          <button type="button" className="quiet" onClick={() => draft.clear(initial)}>
            {m.server.create.discard}
          </button>
        </p>
      )}
      <section className="block form">
        <div className="form-row">
          <Field
            label={words.name}
            required
            dir="auto"
            disabled={!it.may_edit}
            value={form.name}
            fault={fieldFault(save.error, "name")}
            onChange={(e) => draft.change({ ...form, name: e.currentTarget.value })}
          />
          <Classification
            value={form.classification}
            headings={headings}
            disabled={!it.may_edit}
            onChange={(classification) => draft.change({ ...form, classification })}
          />
        </div>
        <Area
          label={words.info}
          disabled={!it.may_edit}
          value={form.info}
          onChange={(e) => draft.change({ ...form, info: e.currentTarget.value })}
        />
      </section>
      {it.program === "vidjil" && (
        <OptionFields
          form={form.options}
          onChange={(next) => draft.change({ ...form, options: next })}
          fault={optionFault(save.error)}
          disabled={!it.may_edit}
        />
      )}
      {save.error && <Fault error={save.error} />}
      {it.may_edit && changed && (
        <div className="pending-bar">
          <div className="pending-text">
            {changes.length > 0 ? (
              <>
                <strong>{words.newRevision(it.revision + 1)}</strong>
                <Differences changes={changes} />
                <Field
                  label={words.note}
                  value={form.note}
                  placeholder={words.notePlaceholder}
                  onChange={(e) => draft.change({ ...form, note: e.currentTarget.value })}
                />
              </>
            ) : (
              <strong>{words.noNewRevision}</strong>
            )}
          </div>
          <span className="spring" />
          <button type="button" className="button" onClick={() => draft.clear(initial)}>
            {m.admin.groups.discard}
          </button>
          <button type="submit" className="button primary" disabled={save.isPending || bad}>
            {m.server.common.save}
          </button>
        </div>
      )}
      {save.isSuccess && !changed && (
        <span role="status" className="state done">
          ● {m.server.common.saved}
        </span>
      )}
    </form>
  );
}

function Use({ id }: { id: number }) {
  const m = useMessages();
  const words = m.admin.configs;
  const use = useQuery(configUse(id));
  const name = useGroupNames();
  if (use.error) return <Fault error={use.error} retry={() => void use.refetch()} />;
  if (use.isPending) return <Loading />;
  const { results, samples, last_at: last, auto_groups: groups, auto_sets: sets } = use.data;
  return (
    <section className="block">
      <ul className="plain-list">
        <li>
          {results === 0 ? words.usedNot : words.usedFor(results, whole(samples, m.locale), timeText(last, m.locale))}
        </li>
        {groups.map((g) => (
          <li key={g}>
            {words.onArrival}{" "}
            <Link to="/admin/groups/$id" params={{ id: String(g) }} className="row-link">
              <bdi>{name(g)}</bdi>
            </Link>
          </li>
        ))}
        {sets > 0 && <li>{words.onSets(sets)}</li>}
      </ul>
    </section>
  );
}
