import { useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { whoami } from "../../api/queries";
import type { JobKind, JobState } from "../../api/types";
import { JOB_KINDS } from "../../api/types";
import { Page, useMessages } from "../server/parts";
import { JobsTable } from "./JobsTable";

export const FILTERS = ["", "live", "failed", "done"] as const;
export type JobFilter = (typeof FILTERS)[number];

const STATES: Readonly<Record<JobFilter, readonly JobState[]>> = {
  "": [],
  live: ["waiting", "queued", "running"],
  failed: ["failed", "cancelled"],
  done: ["done"],
};

interface Asked {
  readonly state: JobFilter;
  readonly kind: JobKind | undefined;
  readonly all: boolean;
}

export function JobsPage() {
  const m = useMessages();
  const words = m.server.jobs;
  const { state = "", kind, all = false } = useSearch({ from: "/in/jobs" });
  const navigate = useNavigate();
  const admin = useQuery(whoami).data?.admin ?? false;
  const go = (change: Partial<Asked>) => {
    const next: Asked = { state, kind, all, ...change };
    void navigate({
      to: "/jobs",
      search: {
        ...(next.state ? { state: next.state } : {}),
        ...(next.kind ? { kind: next.kind } : {}),
        ...(next.all ? { all: true } : {}),
      },
      replace: true,
    });
  };
  return (
    <Page title={words.title}>
      <div className="toolbar">
        <fieldset className="segmented" aria-label={words.progress}>
          {FILTERS.map((f) => (
            <button key={f} type="button" className="quiet" aria-pressed={f === state} onClick={() => go({ state: f })}>
              {words.filter[f]}
            </button>
          ))}
        </fieldset>
        <label className="choice">
          {words.what}
          <select
            className="select framed"
            value={kind ?? ""}
            onChange={(e) => go({ kind: JOB_KINDS.find((k) => k === e.currentTarget.value) })}
          >
            <option value="">{m.server.common.all}</option>
            {JOB_KINDS.map((k) => (
              <option key={k} value={k}>
                {words.kind[k]}
              </option>
            ))}
          </select>
        </label>
        {admin && (
          <fieldset className="segmented">
            {[false, true].map((each) => (
              <button
                key={String(each)}
                type="button"
                className="quiet"
                aria-pressed={each === all}
                onClick={() => go({ all: each })}
              >
                {each ? words.everybody : words.mine}
              </button>
            ))}
          </fieldset>
        )}
      </div>
      <JobsTable of={{ all, states: STATES[state], ...(kind ? { kind } : {}) }} />
    </Page>
  );
}
