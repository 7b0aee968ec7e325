// Requests to the API, with the session's cookie.
import { w } from "../app/words";
import { reason, refusal } from "./refusals";
import { csrf, PATH, session } from "./session";

/** A fault of one value that was sent. */
export interface Fault {
  field: string;
  /** Worded to follow the field's name, in the language of the pages if its rule is known: `must have 10 characters or more`. */
  reason: string;
  /** The server's code for the rule; absent from faults that a page has made. */
  code?: string;
}

/** An unsuccessful answer; `message` is a sentence for people, in the language of the pages if its code is known. */
export class Problem extends Error {
  /** `code`: the server's code for the problem. `retryAfterS`: seconds after which the request may be repeated, if the server gives that. `faults`:
   * each value that the server refuses. `params`: values in the server's sentence, by their keys. */
  constructor(
    readonly status: number,
    message: string,
    readonly retryAfterS: number | null,
    readonly code = "",
    readonly faults: Fault[] = [],
    readonly params: Record<string, unknown> = {},
  ) {
    super(message);
  }
}

/** `GET` of JSON. Throws a [`Problem`], with status 0 if there was no answer. */
export async function get<T>(path: string, signal?: AbortSignal): Promise<T> {
  const response = await send(path, signal ? { signal } : {});
  return (await response.json()) as T;
}

let changing = 0;

/** Whether this page is sending a change at the moment. */
export function isChanging(): boolean {
  return changing > 0;
}

/** A request that changes something; returns JSON, or null if the answer is empty. Throws like [`get`]. */
export async function change<T>(
  method: "POST" | "PUT" | "PATCH" | "DELETE",
  path: string,
  body?: unknown,
  more?: Record<string, string>,
): Promise<T | null> {
  const headers: Record<string, string> = { "X-CSRF-Token": csrf(), ...more };
  const request: RequestInit = { method, headers };
  if (body !== undefined) {
    headers["Content-Type"] = "application/json";
    request.body = JSON.stringify(body);
  }
  changing += 1;
  try {
    const text = await (await send(path, request)).text();
    return text === "" ? null : (JSON.parse(text) as T);
  } finally {
    changing -= 1;
  }
}

/** A request whose answer is not JSON: returns its bytes. Throws like [`get`]. */
export async function fetched(method: "POST", path: string, body: unknown): Promise<ArrayBuffer> {
  const headers = { "X-CSRF-Token": csrf(), "Content-Type": "application/json" };
  return (await send(path, { method, headers, body: JSON.stringify(body) })).arrayBuffer();
}

/** Sends a file as it is; returns and throws like [`change`]. */
export async function upload<T>(path: string, file: Blob, type: string, more?: Record<string, string>): Promise<T> {
  const headers = { "X-CSRF-Token": csrf(), "Content-Type": type, ...more };
  return (await (await send(path, { method: "POST", headers, body: file })).json()) as T;
}

async function send(path: string, request: RequestInit): Promise<Response> {
  const sentWith = csrf();
  // Another request sent in the meantime may have found out about another session already, and about another user.
  const sentAs = session.peek()?.user?.id;
  let response: Response;
  try {
    response = await fetch(path, { ...request, credentials: "same-origin" });
  } catch (fault) {
    if (fault instanceof DOMException && fault.name === "AbortError") throw fault;
    throw new Problem(0, w.failure.unreachable, null);
  }
  if (response.ok) return response;
  const problem = await problemOf(response);
  // The server has done nothing for a request whose session has ended. It is repeated once the same user has signed in again: nothing that they have
  // written is lost. A sign-in is refused for other reasons, and so is a wrong password for a proof of identity.
  const isOfEndedSession = response.status === 401 && problem.code === "unauthorized" && path !== PATH;
  const isRepeatable = isOfEndedSession || problem.code === "no_csrf_token";
  if (isRepeatable && (await (await import("./signing")).hasNewSession(sentWith, sentAs))) {
    const headers = new Headers(request.headers);
    headers.set("X-CSRF-Token", csrf());
    return send(path, { ...request, headers });
  }
  throw problem;
}

/** The properties of a problem that are read. */
interface ProblemBody {
  detail?: string;
  code?: string;
  params?: Record<string, unknown>;
  errors?: CodedFault[];
}

/** A fault of one value, as the server reports it. */
type CodedFault = Fault & { params?: Record<string, unknown> | null };

/** The same fault in the language of the page. */
export async function worded<T extends CodedFault>(fault: T): Promise<T> {
  return { ...fault, reason: (await reason(fault.code ?? "", fault.params ?? {})) ?? fault.reason };
}

async function problemOf(response: Response): Promise<Problem> {
  const wait = Number.parseInt(response.headers.get("Retry-After") ?? "", 10);
  const body = (await response.json().catch(() => null)) as ProblemBody | null;
  const said = body?.code === undefined ? null : await refusal(body.code, body.params ?? {});
  const message = said ?? (body?.detail ? sentence(body.detail) : w.failure.status(response.status));
  const faults = (body?.errors ?? []).map(worded);
  const retryAfterS = Number.isNaN(wait) ? null : wait;
  return new Problem(response.status, message, retryAfterS, body?.code, await Promise.all(faults), body?.params);
}

/** The API's texts start in lower case and have no full stop; a page shows them as sentences. */
export function sentence(text: string): string {
  const stopped = /[.!?]$/.test(text) ? text : `${text}.`;
  return stopped.charAt(0).toUpperCase() + stopped.slice(1);
}

/** The text for people about anything that was thrown. */
export function messageOf(fault: unknown): string {
  return fault instanceof Error ? fault.message : String(fault);
}
