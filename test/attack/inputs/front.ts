/** The HTTP front of the local host over sockets, as web pages and broken clients use it. */
import { Agent, type ClientRequest, type IncomingMessage, request } from 'node:http';
import { type HttpFront, openFront } from '../../../infra/local/http/front.ts';
import { loadService, type Route, routesOf } from '../../../infra/local/service/service.ts';
import type { HttpEvent } from '../../../lib/adapters/lambda/http/body.ts';
import type { Chooser } from '../../sim/world/chooser.ts';
import { CANARY } from '../tally.ts';
import type { World } from '../world.ts';
import { badId, oneOf, value } from './hostile.ts';
import { validOf } from './requests.ts';
import { targetOf } from './routes.ts';

export interface Sent {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Closes the connection before the body is complete. */
  readonly aborts?: boolean;
}

export interface Got {
  /** Absent if the connection was cut. */
  readonly status?: number;
  readonly answer: string;
  /** A response header that lets pages of other origins read the answer. */
  readonly isShared: boolean;
}

export interface FrontAttack {
  attack(world: World, chooser: Chooser): Promise<Got & { readonly sent: Sent }>;
  /** An unmodified request. */
  control(world: World): Promise<Got>;
  end(): Promise<void>;
}

/** Starts the front on first use. */
export function createFrontAttack(): FrontAttack {
  const agent = new Agent({ keepAlive: true });
  let current: World;
  let opened: Promise<{ readonly front: HttpFront; readonly routes: readonly Route[] }> | undefined;
  const open = async () => {
    const front = await openFront(0, (line) => void current.lines.push(line));
    const routes = routesOf(await loadService('local', { authorizer: 'iam' }));
    front.serve(routes, (_, event) => current.http(event as HttpEvent));
    return { front, routes: routes.filter(({ path }) => path !== '/callbacks/{token}') };
  };
  const at = async (world: World) => {
    current = world;
    opened ??= open();
    return opened;
  };
  return {
    async attack(world, chooser) {
      const { front, routes } = await at(world);
      const { method, path } = routes[chooser.pick(routes.length)] ?? { method: 'GET', path: '/' };
      const valid = validRequest(`${method} ${path}`, world);
      const ways = [foreignHost, foreignPage, wrongPath, wrongMethod, ...(valid.body ? [wrongType, aborted] : [])];
      const sent = (ways[chooser.pick(ways.length)] ?? foreignHost)(valid, chooser, front.url);
      return { sent, ...(await exchange(front.url, sent, agent)) };
    },
    async control(world) {
      const { front } = await at(world);
      const local = { host: new URL(front.url).host.replace('127.0.0.1', 'localhost') };
      const { headers, ...valid } = validRequest('POST /executions/{id}/seal', world);
      return exchange(
        front.url,
        { ...valid, headers: { ...headers, ...local, origin: `http://${local.host}` } },
        agent,
      );
    },
    async end() {
      agent.destroy();
      await (await opened)?.front.close();
    },
  };
}

function validRequest(routeKey: string, world: World): Sent {
  const { body, pathParameters = {} } = validOf(targetOf(routeKey, world));
  const [method = '', path = ''] = routeKey.split(' ');
  const filled = path.replaceAll(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(pathParameters[name] ?? ''));
  return { method, path: filled, headers: body ? { 'content-type': 'application/json' } : {}, ...(body && { body }) };
}

function foreignHost(valid: Sent, chooser: Chooser, url: string): Sent {
  const { host: own, port } = new URL(url);
  const foreign = `${CANARY}${chooser.pick(1_000)}.example`;
  const host = oneOf(chooser, [
    foreign,
    `${foreign}:${port}`,
    `${own}.${foreign}`,
    `${foreign}@${own}`,
    `localhost.${foreign}:${port}`,
    `${foreign}-localhost`,
    `${own}:${port}`,
    `127.0.0.1.:${port}`,
    `0.0.0.0:${port}`,
    `2130706433:${port}`,
    '[::ffff:127.0.0.1]',
  ]);
  return sending(valid, { host });
}

function foreignPage(valid: Sent, chooser: Chooser, url: string): Sent {
  const foreign = `${CANARY}${chooser.pick(1_000)}.example`;
  const { host } = new URL(url);
  const origins = [
    'null',
    '',
    `http://${foreign}`,
    `https://${host}`,
    `${url}.${foreign}`,
    `${url}/`,
    'http://localhost',
  ];
  return oneOf(chooser, [
    () => sending(valid, { origin: origins[chooser.pick(origins.length)] ?? 'null' }),
    () => sending(valid, { 'sec-fetch-site': oneOf(chooser, ['cross-site', 'same-site']) }),
    () => sending(valid, { origin: url, 'sec-fetch-site': 'cross-site' }),
    () =>
      sending(
        { ...valid, method: 'OPTIONS' },
        { origin: `http://${foreign}`, 'access-control-request-method': 'POST' },
      ),
  ])();
}

/** Requests to unknown routes or without a path. */
function wrongPath(valid: Sent, chooser: Chooser): Sent {
  const encoded = encodeURIComponent(badId(chooser).toWellFormed());
  const path = oneOf(chooser, [
    `/${encoded}`,
    `/${encoded}${valid.path}`,
    `${valid.path}/${encoded}`,
    `/%${CANARY}`,
    `${valid.path}%ff`,
    `${valid.path}/%c0%ae%c0%ae`,
    `/.${valid.path}`,
    `//${CANARY}.example${valid.path}`,
    `/${CANARY}/..${valid.path}`,
  ]);
  return { ...valid, path };
}

function wrongMethod(valid: Sent, chooser: Chooser): Sent {
  return { ...valid, method: oneOf(chooser, ['PUT', 'PATCH', 'OPTIONS', 'TRACE', 'PROPFIND', 'M-SEARCH']) };
}

/** Content types that a page may send to any server, and types that only begin like JSON. */
function wrongType(valid: Sent, chooser: Chooser): Sent {
  const type = oneOf(chooser, [
    'text/plain',
    'application/x-www-form-urlencoded',
    `multipart/form-data; boundary=${CANARY}`,
    'application/jsonp',
    `text/plain; application/json`,
    `${CANARY}/json`,
    '',
  ]);
  return sending(valid, { 'content-type': type });
}

function aborted(valid: Sent, chooser: Chooser): Sent {
  return { ...valid, body: `{"${CANARY}":${JSON.stringify(value(chooser))}`, aborts: true };
}

function sending(valid: Sent, headers: Sent['headers']): Sent {
  return { ...valid, headers: { ...valid.headers, ...headers } };
}

function exchange(url: string, { method, path, headers, body = '', aborts = false }: Sent, agent: Agent): Promise<Got> {
  const { hostname, port } = new URL(url);
  const size = Buffer.byteLength(body);
  const length = size === 0 ? {} : { 'content-length': String(aborts ? size + 1 : size) };
  return new Promise((done, failed) => {
    const sent = request({ hostname, port, method, path, headers: { ...headers, ...length }, agent });
    if (aborts) return cut(sent, body, () => done({ answer: '', isShared: false }));
    sent.on('error', failed).on('response', (response) => void read(response).then(done, failed));
    sent.end(body);
  });
}

function cut(sent: ClientRequest, body: string, done: () => void): void {
  sent.on('error', () => undefined).on('close', done);
  sent.write(body, () => sent.destroy());
}

async function read(response: IncomingMessage): Promise<Got> {
  const parts: Buffer[] = [];
  for await (const part of response as AsyncIterable<Buffer>) parts.push(part);
  const isShared = Object.keys(response.headers).some((name) => name.startsWith('access-control-'));
  return { status: response.statusCode ?? 0, answer: Buffer.concat(parts).toString(), isShared };
}
