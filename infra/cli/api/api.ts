/** Calls of the HTTP API. Answers are checked against the schema of what the command reads; unknown fields pass through. */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { z } from 'zod';
import { CliError } from '../problems.ts';
import { UsageError } from '../usage.ts';
import type { Connection } from './connection.ts';
import { problemOf } from './problem.ts';
import { type Answer, send } from './send.ts';

export interface Request {
  readonly method: 'GET' | 'POST' | 'DELETE';
  readonly path: string;
  readonly query?: Readonly<Record<string, string | number | undefined>>;
  readonly body?: unknown;
  /** Idempotency key. `POST` makes one if there is none; `null`: the service derives it. */
  readonly key?: string | null | undefined;
}

export interface Api {
  /** Where it is, for messages. */
  readonly name: string;
  readonly url: string;
  /** Tries again while the service asks for it. @throws CliError */
  call<T>(request: Request, schema: z.ZodType<T>): Promise<T>;
  /** The same for an answer that is not one JSON value. */
  text(request: Request): Promise<string>;
}

/** The longest long poll of the API has 25 s. */
const TIMEOUT = 60_000;
const TRIES = 4;

export function createApi(connection: Connection): Api {
  const { name, url } = connection;
  const text = async (request: Request) => {
    if (request.key && !KEY.test(request.key)) throw new UsageError(`--id is "${shortened(request.key)}". ${ALLOWED}`);
    // The same key in each try: a repeat has one effect.
    const key = request.key === undefined && request.method === 'POST' ? randomUUID() : request.key;
    for (let left = TRIES - 1; ; left -= 1) {
      const answer = await exchange(connection, { ...request, key });
      if (answer.status >= 200 && answer.status < 300) return answer.text;
      if (left === 0 || answer.status !== 503) throw problemOf(answer, request, connection);
      await sleep(1_000 * Math.min(5, answer.retryAfter));
    }
  };
  return {
    name,
    url: url.href.replace(/\/$/, ''),
    text,
    call: async (request, schema) => read(await text(request), schema, request, connection),
  };
}

async function exchange({ url, host, sign, name, kind }: Connection, request: Request): Promise<Answer> {
  const { method, path, query = {}, body, key } = request;
  const target = new URL(url.href.replace(/\/$/, '') + path);
  for (const [each, value] of Object.entries(query)) {
    if (value !== undefined) target.searchParams.set(each, String(value));
  }
  const content = body === undefined ? {} : { body: Buffer.from(JSON.stringify(body)) };
  const headers = {
    accept: 'application/json',
    ...(host === undefined ? {} : { host }),
    ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    ...(key === undefined || key === null ? {} : { 'idempotency-key': key }),
  };
  const signed = await sign({ method, url: target, headers, ...content });
  try {
    return await send({ method, url: target, headers: signed, ...content }, TIMEOUT);
  } catch (error) {
    const how = kind === 'stage' ? 'Try again.' : 'Start it by "npm start", or name another one by --url or --stage.';
    throw new CliError('noAnswer', `${name} does not answer: ${reasonOf(error)}. ${how}`);
  }
}

function reasonOf(error: unknown): string {
  const { name, message, code } = error as NodeJS.ErrnoException;
  return name === 'AbortError' || name === 'TimeoutError' ? `no answer within ${TIMEOUT / 1_000} s` : (code ?? message);
}

function read<T>(text: string, schema: z.ZodType<T>, { method, path }: Request, { name }: Connection): T {
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    throw new CliError('failed', `${name} answered ${method} ${path} without JSON. Is it the address of the API?`);
  }
  const parsed = schema.safeParse(body);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new CliError(
    'failed',
    `${name} answered ${method} ${path} in another shape (${issue?.path.join('.')}: ${issue?.message}). Use the version of this program that the service has.`,
  );
}

/** A part of a path is an id or a name. Ids of activations have more characters than the others. */
const PART = /^[\x21-\x7e]{1,300}$/;
/** Keys that the API takes. */
const KEY = /^[\w.:@=-]{1,128}$/;
const ALLOWED = 'It has 1 to 128 letters, digits and _ : . @ = - characters, and not only dots.';

const shortened = (text: string) => (text.length > 40 ? `${text.slice(0, 40)}…` : text);

/** A path with its ids: `` path`/executions/${id}` ``. @throws UsageError when an id is empty */
export function path(texts: TemplateStringsArray, ...ids: readonly string[]): string {
  return texts.reduce((whole, text, i) => {
    const id = ids[i - 1] ?? '';
    if (!PART.test(id) || /^\.+$/.test(id)) throw new UsageError(`"${shortened(id)}" is no id or name. ${ALLOWED}`);
    return `${whole}${encodeURIComponent(id)}${text}`;
  });
}
