/** Requests and answers in the shapes of an API Gateway HTTP API, payload format 2.0. */
import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { z } from 'zod';
import type { Route } from '../service/service.ts';
import type { JwtCaller } from './jwt.ts';

const ACCOUNT = '000000000000';

export interface Match {
  readonly route: Route;
  readonly params: Readonly<Record<string, string>>;
}

export interface Target {
  /** Percent-encoded, as the client sent it. */
  readonly path: string;
  readonly query: string;
}

/** Splits path and query without `URL`, which takes `//host` for a host and resolves dots. */
export function targetOf(request: IncomingMessage): Target {
  const [path = '/', ...query] = (request.url ?? '/').split('?');
  return { path, query: query.join('?') };
}

/**
 * The route of a path. Literal segments take precedence over `{name}`, and `{name}` over `{name+}`.
 * @throws URIError when the path is not properly encoded
 */
export function matchRoute(routes: readonly Route[], method: string, path: string): Match | undefined {
  const segments = path.split('/').slice(1).map(decodeURIComponent);
  let best: (Match & { readonly rank: string }) | undefined;
  for (const route of routes) {
    if (!isAny(route.method) && route.method.toUpperCase() !== method) continue;
    const match = matchPath(route, segments);
    if (match && (!best || match.rank < best.rank)) best = match;
  }
  return best && { route: best.route, params: best.params };
}

function isAny(method: string): boolean {
  return ['*', 'ANY'].includes(method.toUpperCase());
}

function matchPath(route: Route, segments: readonly string[]) {
  if (route.path === '*') return { route, params: {}, rank: '3' };
  const params: Record<string, string> = {};
  const parts = route.path.split('/').slice(1);
  let rank = '';
  for (const [index, part] of parts.entries()) {
    const [, name, greedy] = /^\{([^+}]+)(\+?)\}$/.exec(part) ?? [];
    const value = greedy ? segments.slice(index).join('/') : segments[index];
    if (!value || (!name && value !== part)) return undefined;
    if (name) params[name] = value;
    rank += greedy ? '2' : name ? '1' : '0';
    if (greedy) return { route, params, rank };
  }
  return parts.length === segments.length ? { route, params, rank } : undefined;
}

export function routeKey({ method, path }: Route): string {
  return path === '*' ? '$default' : `${isAny(method) ? 'ANY' : method.toUpperCase()} ${path}`;
}

/** An IAM principal, in the form of `requestContext.authorizer`. */
export interface IamCaller {
  readonly iam: {
    readonly accessKey: string;
    readonly accountId: string;
    readonly userId: string;
    readonly userArn: string;
  };
}

/** An event of API Gateway. `authorizer` names the caller of a route with an authorizer. */
export type LocalEvent = APIGatewayProxyEventV2 & {
  readonly requestContext: { readonly authorizer?: JwtCaller | IamCaller };
};

/**
 * The IAM principal of a signed request, named by its access key. Signatures are not checked, because every caller of this
 * host is the developer. Unsigned requests are admitted without an identity.
 */
function iamCallerOf({ headers }: IncomingMessage): IamCaller | undefined {
  const [, name] = /^AWS4-HMAC-SHA256 Credential=([\w+=.@-]{1,128})\//.exec(headers.authorization ?? '') ?? [];
  if (name === undefined) return undefined;
  return {
    iam: { accessKey: name, accountId: ACCOUNT, userId: name, userArn: `arn:aws:iam::${ACCOUNT}:user/${name}` },
  };
}

/** @throws URIError */
export function toEvent(
  request: IncomingMessage,
  body: Buffer,
  { route, params }: Match,
  caller?: JwtCaller,
): LocalEvent {
  const target = targetOf(request);
  const path = decodeURIComponent(target.path);
  const { cookie, ...headers } = request.headers;
  const method = request.method ?? 'GET';
  const binary = !isText(headers['content-type']);
  const authorizer = caller ?? (route.authorizer?.type === 'iam' ? iamCallerOf(request) : undefined);
  const now = new Date();
  return {
    version: '2.0',
    routeKey: routeKey(route),
    rawPath: path,
    rawQueryString: target.query,
    ...(cookie ? { cookies: cookie.split(/; */) } : {}),
    headers: joined(headers),
    ...(target.query ? { queryStringParameters: queryOf(target.query) } : {}),
    ...(Object.keys(params).length > 0 ? { pathParameters: { ...params } } : {}),
    requestContext: {
      accountId: ACCOUNT,
      apiId: 'local',
      ...(authorizer ? { authorizer } : {}),
      domainName: request.headers.host ?? 'localhost',
      domainPrefix: 'local',
      http: {
        method,
        path,
        protocol: `HTTP/${request.httpVersion}`,
        sourceIp: request.socket.remoteAddress ?? '127.0.0.1',
        userAgent: request.headers['user-agent'] ?? '',
      },
      requestId: randomUUID(),
      routeKey: routeKey(route),
      stage: '$default',
      time: now.toISOString(),
      timeEpoch: now.getTime(),
    },
    ...(body.length > 0 ? { body: body.toString(binary ? 'base64' : 'utf8') } : {}),
    isBase64Encoded: body.length > 0 && binary,
  };
}

// Content types that API Gateway passes on as text. All others, forms included, arrive as base64.
function isText(contentType = 'application/json'): boolean {
  return /^(text\/|application\/(json|javascript|xml)|[^;]+\+(json|xml)\s*(;|$))/i.test(contentType.trim());
}

function joined(headers: IncomingMessage['headers']): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, [value ?? ''].flat().join(',')]));
}

function queryOf(query: string): Record<string, string> {
  const params = new URLSearchParams(query);
  return Object.fromEntries([...params.keys()].map((key) => [key, params.getAll(key).join(',')]));
}

const Answer = z.object({
  statusCode: z.int().min(100).max(599),
  headers: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).default({}),
  cookies: z.array(z.string()).default([]),
  body: z.string().default(''),
  isBase64Encoded: z.boolean().default(false),
});

/** Writes the answer of a handler. @throws ZodError when API Gateway would not accept the answer */
export function writeAnswer(response: ServerResponse, result: unknown): void {
  // Without a status code the whole result is the body.
  const plain = typeof result !== 'object' || result === null || !('statusCode' in result);
  const body = typeof result === 'string' ? result : JSON.stringify(result ?? null);
  const answer = Answer.parse(
    plain ? { statusCode: 200, headers: { 'content-type': 'application/json' }, body } : result,
  );
  for (const [name, value] of Object.entries(answer.headers)) response.setHeader(name, String(value));
  if (!response.hasHeader('content-type')) response.setHeader('content-type', 'text/plain;charset=utf-8');
  if (answer.cookies.length > 0) response.setHeader('set-cookie', answer.cookies);
  response.writeHead(answer.statusCode).end(Buffer.from(answer.body, answer.isBase64Encoded ? 'base64' : 'utf8'));
}
