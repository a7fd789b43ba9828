/** What the server answers when it cannot do something (RFC 9457), as an error with a fault for each field. */
import type { components } from "./schema";

type Problem = components["schemas"]["Problem"];

export class ApiError extends Error {
  /** HTTP status; 0 when no answer came. */
  readonly status: number;
  /** For programs: unauthenticated, not-found, stale, … */
  readonly code: string;
  /** Names the request in the server's log. */
  readonly requestId: string;
  private readonly faults: ReadonlyMap<string, string>;

  constructor(problem: Partial<Problem>, cause?: unknown) {
    super(problem.detail ?? problem.title ?? "", { cause });
    this.name = "ApiError";
    this.status = problem.status ?? 0;
    this.code = problem.code ?? "";
    this.requestId = problem.request_id ?? "";
    this.faults = new Map((problem.errors ?? []).map((f) => [f.field, f.message]));
  }

  /** What is wrong with a field, as "email" or "rows[2].birth"; "" when nothing is. */
  field(name: string): string {
    return this.faults.get(name) ?? "";
  }

  get fields(): readonly string[] {
    return [...this.faults.keys()];
  }

  /** Nobody is at the other end: no network, or no server behind the pages. */
  get unreachable(): boolean {
    return this.status === 0 || this.status === 502 || this.status === 504;
  }
}

/** The error of an answer. One that is no problem document comes from something between here and the server. */
export async function errorOf(answer: Response): Promise<ApiError> {
  if (/json/.test(answer.headers.get("Content-Type") ?? "")) {
    const problem: unknown = await answer.json().catch(() => null);
    if (typeof problem === "object" && problem !== null && "code" in problem)
      return new ApiError({ ...(problem as Problem), status: answer.status });
  }
  const away = answer.status === 500 || answer.status === 404;
  return new ApiError({ title: answer.statusText, status: away ? 502 : answer.status, code: "foreign" });
}

export const fieldFault = (error: unknown, name: string): string =>
  error instanceof ApiError ? error.field(name) : "";
