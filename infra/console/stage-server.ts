/**
 * The console of a deployed stage: a server on the loopback that serves the pages and forwards API requests, signed with
 * the caller's credentials. A request that carries a JWT is forwarded with it, unsigned.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type ProblemCode, problem } from '../../lib/adapters/lambda/http/respond.ts';
import { targetOf } from '../local/http/event.ts';
import { originProblem, typeProblem } from '../local/http/origins.ts';
import type { Pages } from './pages.ts';
import type { Sign } from './signer.ts';

export interface StageServer {
  readonly url: string;
  close(): Promise<void>;
}

export interface StageServerOptions {
  /** 0 takes a free port. */
  readonly port: number;
  /** URL of the stage's HTTP API. */
  readonly apiUrl: string;
  readonly pages: Pages;
  readonly sign: Sign;
}

/** The API's limit, with room for JSON escapes. */
const BODY_LIMIT = 1024 * 1024;
const TIMEOUT = 30_000;
const SENT = ['content-type', 'idempotency-key', 'accept'];
const RETURNED = ['content-type', 'retry-after', 'idempotent-replay', 'www-authenticate'];

export async function openStageServer(options: StageServerOptions): Promise<StageServer> {
  const server = createServer((request, response) => {
    handle(options, request, response).catch(() => {
      if (response.headersSent) response.destroy();
      else refuse(response, 'unavailable', 'The API of the stage does not answer. It is tried again.');
    });
  });
  await new Promise<void>((done, failed) => {
    server.once('error', failed);
    server.listen(options.port, '127.0.0.1', done);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise((done) => {
        server.close(() => done());
        server.closeAllConnections();
      }),
  };
}

async function handle(options: StageServerOptions, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const foreign = originProblem(request);
  if (foreign) return refuse(response, 'forbidden', foreign.detail);
  if (await options.pages(request, response)) return;
  const { path, query } = targetOf(request);
  // Callback links work at the stage's own address; their token authorizes them.
  if (!path.startsWith('/') || path.startsWith('//') || path.startsWith('/callbacks/')) {
    return refuse(response, 'unknown_route', 'No route has this method and path.');
  }
  const body = await readBody(request);
  if (!body) return refuse(response, 'body_too_large', `A body may have ${BODY_LIMIT} bytes at most.`);
  const type = typeProblem(request, body);
  if (type) return refuse(response, 'unsupported_media_type', type.detail);
  const url = new URL(path + (query === '' ? '' : `?${query}`), options.apiUrl);
  const answer = await forward(options.sign, request, url, body);
  response.writeHead(answer.status, { 'cache-control': 'no-store', ...pick(answer.headers, RETURNED) });
  response.end(Buffer.from(await answer.arrayBuffer()));
}

async function forward(sign: Sign, request: IncomingMessage, url: URL, body: Buffer): Promise<Response> {
  const method = request.method ?? 'GET';
  const content = body.length > 0 ? { body } : {};
  const given = new Headers(Object.entries(request.headers).map(([name, value]) => [name, String(value)]));
  const headers = pick(given, SENT);
  const token = request.headers.authorization;
  const signed =
    token === undefined ? await sign({ method, url, headers, ...content }) : { ...headers, authorization: token };
  const { host: _, ...sent } = signed as Record<string, string>;
  return fetch(url, { method, headers: sent, ...content, redirect: 'error', signal: AbortSignal.timeout(TIMEOUT) });
}

async function readBody(request: IncomingMessage): Promise<Buffer | undefined> {
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of request as AsyncIterable<Buffer>) {
    size += part.length;
    if (size <= BODY_LIMIT) parts.push(part);
  }
  return size <= BODY_LIMIT ? Buffer.concat(parts) : undefined;
}

function pick(headers: Headers, names: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    names.flatMap((name) => {
      const value = headers.get(name);
      return value === null ? [] : [[name, value]];
    }),
  );
}

function refuse(response: ServerResponse, code: ProblemCode, detail: string): void {
  const { statusCode, headers, body } = problem(code, detail);
  response.writeHead(statusCode, headers).end(body);
}
