/** The HTTP front of the local host: maps requests on the routes of `serverless.yml` to API Gateway events. Loopback only. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type HttpAnswer, problem } from '../../../lib/adapters/lambda/http/respond.ts';
import type { Pages } from '../../console/pages.ts';
import type { Route } from '../service/service.ts';
import type { Invoke } from '../triggers/functions.ts';
import { type Match, matchRoute, routeKey, targetOf, toEvent, writeAnswer } from './event.ts';
import type { Authorize } from './jwt.ts';
import { originProblem, type Refusal, typeProblem } from './origins.ts';

export interface HttpFront {
  readonly url: string;
  /** Until this is called, every request is answered with 503. */
  serve(routes: readonly Route[], invoke: Invoke, more?: ServeOptions): void;
  /** Resolves when the requests in flight have ended. */
  close(): Promise<void>;
}

export interface ServeOptions {
  /** Default: refuses whatever asks for a token. */
  readonly authorize?: Authorize | undefined;
  /** Pages beside the routes. */
  readonly pages?: Pages;
}

export type Log = (line: string) => void;

const BODY_LIMIT = 10 * 1024 * 1024;
const CALLBACKS = '/callbacks/{token}';

/** Listens at once, so that the address is known before other parts start. `port` 0 takes a free port. */
export async function openFront(port: number, log: Log): Promise<HttpFront> {
  let answer = async (_: IncomingMessage, response: ServerResponse) =>
    refuse(response, problem('unavailable', 'The host is still starting; send it again in a moment.'));
  const server = createServer((request, response) => {
    // Keep-alive connections would keep a closing server open.
    response.on('close', () => setImmediate(() => server.listening || server.closeIdleConnections()));
    answer(request, response).catch((error: unknown) => {
      log(`HTTP: ${describe(error)}`);
      response.destroy();
    });
  });
  await listen(server, port);
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    serve(routes, invoke, { authorize = refuseAll, pages = noPages } = {}) {
      answer = (request, response) => handle({ routes, invoke, authorize, pages, log }, request, response);
    },
    close: () =>
      new Promise((done) => {
        server.close(() => done());
        server.closeIdleConnections();
      }),
  };
}

export function describe(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

interface Front {
  readonly routes: readonly Route[];
  readonly invoke: Invoke;
  readonly authorize: Authorize;
  readonly pages: Pages;
  readonly log: Log;
}

async function handle(front: Front, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const match = matchOf(front, request);
  if (match === 'malformed') return refuse(response, problem('invalid_request', 'The path is not properly encoded.'));
  // The token authorizes a callback. Its links are opened from mails and pages, and its form sends the origin `null`.
  const isOpen = match?.route.path === CALLBACKS;
  const foreign = isOpen ? undefined : originProblem(request);
  if (foreign) return refuse(response, refusal(foreign));
  if (!match && (await front.pages(request, response))) return;
  if (!match) return refuse(response, problem('unknown_route', 'No route has this method and path.'));
  const verdict = await verdictOf(front, match.route, request);
  if (verdict && 'refusal' in verdict) return refuse(response, verdict.refusal);
  const body = await readBody(request);
  if (body === 'aborted') return;
  if (!body) return refuse(response, problem('body_too_large', `A body may have ${BODY_LIMIT} bytes at most.`));
  const type = isOpen ? undefined : typeProblem(request, body);
  if (type) return refuse(response, refusal(type));
  try {
    writeAnswer(response, await front.invoke(match.route.fn, toEvent(request, body, match, verdict?.caller)));
  } catch (error) {
    // Logs the route instead of the path, because a path can contain a token.
    front.log(`${routeKey(match.route)}: ${describe(error)}`);
    refuse(response, problem('internal', 'Something went wrong here; the output of the host says what.'));
  }
}

/** IAM signatures are not checked, because every caller of this host is the developer. */
async function verdictOf({ authorize }: Front, { authorizer }: Route, { headers }: IncomingMessage) {
  return authorizer?.type === 'jwt' ? authorize(headers.authorization, authorizer.scopes) : undefined;
}

const noPages: Pages = async () => false;

/** Refuses every call of routes that require tokens when no issuer is configured. */
const refuseAll: Authorize = async () => ({ refusal: problem('unauthorized', 'The host knows no issuer of tokens.') });

function refusal({ status, detail }: Refusal): HttpAnswer {
  return problem(status === 403 ? 'forbidden' : 'unsupported_media_type', detail);
}

function matchOf(front: Front, request: IncomingMessage): Match | 'malformed' | undefined {
  try {
    return matchRoute(front.routes, request.method ?? 'GET', targetOf(request).path);
  } catch (error) {
    if (error instanceof URIError) return 'malformed';
    throw error;
  }
}

async function readBody(request: IncomingMessage): Promise<Buffer | 'aborted' | undefined> {
  const parts: Buffer[] = [];
  let size = 0;
  try {
    for await (const part of request as AsyncIterable<Buffer>) {
      size += part.length;
      // Reads the rest without storing it: a client that is still sending would not receive the answer.
      if (size <= BODY_LIMIT) parts.push(part);
      else parts.length = 0;
    }
  } catch {
    return 'aborted';
  }
  return size <= BODY_LIMIT ? Buffer.concat(parts) : undefined;
}

/** Destroys the connection if headers were sent already: the error happened while the answer was written. */
function refuse(response: ServerResponse, { statusCode, headers, body }: HttpAnswer): void {
  if (response.headersSent) response.destroy();
  else response.writeHead(statusCode, headers).end(body);
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((done, failed) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const taken = error.code === 'EADDRINUSE';
      failed(taken ? new Error(`Port ${port} is taken. Set PORT to another one, or PORT=0 for any free one.`) : error);
    });
    server.listen(port, '127.0.0.1', () => done());
  });
}
