import { useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { whoami } from "../../api/queries";
import type { JobState } from "../../api/types";
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

export function JobsPage() {
  const m = useMessages();
  const words = m.server.jobs;
  const { state = "", all = false } = useSearch({ from: "/in/jobs" });
  const navigate = useNavigate();
  const admin = useQuery(whoami).data?.admin ?? false;
  const go = (next: { state: JobFilter; all: boolean }) =>
    void navigate({
      to: "/jobs",
      search: { ...(next.state ? { state: next.state } : {}), ...(next.all ? { all: true } : {}) },
      replace: true,
    });
  return (
    <Page title={words.title}>
      <div className="toolbar">
        <fieldset className="segmented" aria-label={words.progress}>
          {FILTERS.map((f) => (
            <button
              key={f}
              type="button"
              className="quiet"
              aria-pressed={f === state}
              onClick={() => go({ state: f, all })}
            >
              {words.filter[f]}
            </button>
          ))}
        </fieldset>
        {admin && (
          <fieldset className="segmented">
            {[false, true].map((each) => (
              <button
                key={String(each)}
                type="button"
                className="quiet"
                aria-pressed={each === all}
                onClick={() => go({ state, all: each })}
              >
                {each ? words.everybody : words.mine}
              </button>
            ))}
          </fieldset>
        )}
      </div>
      <JobsTable of={{ all, states: STATES[state] }} />
    </Page>
  );
}
