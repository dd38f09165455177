/** Calls of the HTTP API on the page's own origin. */
import { heard, lost } from './connection.ts';

export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly status: number;
  readonly code: string;
  /** Of the field that was refused. */
  readonly path: string | undefined;
  readonly body: Readonly<Record<string, unknown>>;

  constructor(status: number, body: Readonly<Record<string, unknown>>) {
    super(text(body.detail) ?? text(body.title) ?? `The API answered ${status}.`);
    this.status = status;
    this.code = text(body.code) ?? '';
    this.path = text(body.path);
    this.body = body;
  }
}

/** The API did not answer. */
export class Unreachable extends Error {
  override readonly name = 'Unreachable';
}

export interface Call {
  readonly body?: unknown;
  /** Idempotency key: a repeat of the call with it has one effect. */
  readonly key?: string;
  readonly signal?: AbortSignal;
}

const TOKEN = 'token';

/** A JWT, where the stage asks for one. It is forgotten with the tab. */
export function setToken(token: string): void {
  sessionStorage.setItem(TOKEN, token);
}

/** @throws ApiError for every status from 400; `Unreachable` without an answer */
export async function call<T>(method: 'GET' | 'POST' | 'DELETE', path: string, given: Call = {}): Promise<T> {
  const { body, key, signal } = given;
  const token = sessionStorage.getItem(TOKEN);
  const headers: Record<string, string> = {
    ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    ...(key === undefined ? {} : { 'idempotency-key': key }),
    ...(token === null ? {} : { authorization: `Bearer ${token}` }),
  };
  const content = body === undefined ? {} : { body: JSON.stringify(body) };
  let response: Response;
  try {
    response = await fetch(path, { method, headers, cache: 'no-store', ...content, ...(signal ? { signal } : {}) });
  } catch (error) {
    if (signal?.aborted) throw error;
    lost();
    throw new Unreachable('The API does not answer.');
  }
  heard();
  const answer = (await response.json().catch(() => ({}))) as T;
  if (response.ok) return answer;
  throw new ApiError(response.status, answer as Readonly<Record<string, unknown>>);
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

/** True where the API of this stage does not have the route: the action is then not offered. */
export function isMissing(error: unknown): boolean {
  return error instanceof ApiError && error.status === 404 && error.code !== 'unknown_execution';
}

/** An id for a call that may be repeated. */
export function newKey(): string {
  return crypto.randomUUID();
}
