/**
 * One typed function for all operations of the server. Types come from its OpenAPI document by `npm run api`: an address,
 * parameter or answer that the server does not have fails to compile.
 */
import { outside } from "./base";
import { ApiError, errorOf } from "./problem";
import type { paths } from "./schema";

type Method = "get" | "post" | "put" | "patch" | "delete";
type Operation<M extends Method, P extends keyof paths> = paths[P] extends { readonly [K in M]: infer O } ? O : never;
type Path<M extends Method> = { [P in keyof paths]: [Operation<M, P>] extends [never] ? never : P }[keyof paths];

type PathPart<O> = O extends { parameters: { path: infer X } } ? { path: X } : { path?: never };
type QueryPart<O> = O extends { parameters: { query: infer X } }
  ? { query: X }
  : O extends { parameters: { query?: infer X } }
    ? { query?: X }
    : never;
type BodyPart<O> = O extends { requestBody: { content: { "application/json": infer X } } }
  ? { body: X }
  : { body?: never };
type Input<O> = PathPart<O> & QueryPart<O> & BodyPart<O> & { readonly ifMatch?: number; readonly signal?: AbortSignal };

type Success<R> = R extends { 200: infer A } ? A : R extends { 201: infer A } ? A : never;
type Answer<O> = O extends { responses: infer R }
  ? Success<R> extends { content: { "application/json": infer X } }
    ? X
    : undefined
  : never;

type Rest<I> = Record<string, never> extends I ? [input?: I] : [input: I];

interface Loose {
  readonly path?: Readonly<Record<string, string | number>>;
  readonly query?: Readonly<Record<string, unknown>>;
  readonly body?: unknown;
  readonly ifMatch?: number;
  readonly signal?: AbortSignal;
}

/** Asks the server. Throws an ApiError when it refuses or does not answer. */
export async function call<M extends Method, P extends Path<M>>(
  method: M,
  path: P,
  ...[input]: Rest<Input<Operation<M, P>>>
): Promise<Answer<Operation<M, P>>> {
  const given = (input ?? {}) as Loose;
  const answer = await send(method, address(path, given.path, given.query), given);
  const text = answer.status === 204 ? "" : await answer.text();
  return (text === "" ? undefined : JSON.parse(text)) as Answer<Operation<M, P>>;
}

/** Signs out. The address, if there is one, is where to sign out at the provider that proved who it was, too. */
export async function leave(): Promise<string | null> {
  return (await send("delete", address("/api/v1/session"), {})).headers.get("Location");
}

/** The bytes of an answer that is not JSON, as columns of clonotypes. */
export async function bytes<P extends Path<"get">>(
  path: P,
  ...[input]: Rest<Input<Operation<"get", P>>>
): Promise<Uint8Array> {
  const given = (input ?? {}) as Loose;
  const answer = await send("get", address(path, given.path, given.query), given);
  return new Uint8Array(await answer.arrayBuffer());
}

/** The address of something to download. */
export function link<P extends Path<"get">>(path: P, ...[input]: Rest<Input<Operation<"get", P>>>): string {
  const given = (input ?? {}) as Loose;
  return address(path, given.path, given.query);
}

/** An address with its parameters filled in; lists are written with commas. Exported for its tests. */
export function address(path: string, parts: Loose["path"] = {}, query: Loose["query"] = {}): string {
  const filled = outside(path).replace(/\{(\w+)\}/g, (_, name: string) =>
    encodeURIComponent(String(parts[name] ?? "")),
  );
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined && value !== "" && value !== null) search.set(name, String(value));
  }
  const text = search.toString();
  return text === "" ? filled : `${filled}?${text}`;
}

async function send(method: Method, url: string, input: Loose): Promise<Response> {
  const headers: Record<string, string> = { Accept: "application/json, application/problem+json, */*" };
  if (input.body !== undefined) headers["Content-Type"] = "application/json";
  if (input.ifMatch !== undefined) headers["If-Match"] = `"${input.ifMatch}"`;
  let answer: Response;
  try {
    answer = await fetch(url, {
      method: method.toUpperCase(),
      headers,
      body: input.body === undefined ? null : JSON.stringify(input.body),
      signal: input.signal ?? null,
      credentials: "same-origin",
    });
  } catch (cause) {
    if (input.signal?.aborted) throw cause;
    throw new ApiError({ code: "unreachable" }, cause);
  }
  if (!answer.ok) throw await errorOf(answer);
  return answer;
}
