/** Requests with one invalid part; the rest is valid. */
import type { HttpEvent } from '../../../lib/adapters/lambda/http/body.ts';
import { type RequestParts, request } from '../../lambda/support.ts';
import type { Chooser } from '../../sim/world/chooser.ts';
import { CANARY } from '../tally.ts';
import { badBody, badId, oneOf, text, value, wrong } from './hostile.ts';
import type { Target } from './routes.ts';

type Make = (target: Target, chooser: Chooser) => RequestParts;

/** Undefined if no part of the route can be invalid. */
export function requestAttack(target: Target, chooser: Chooser): HttpEvent | undefined {
  const ways = waysOf(target);
  const way = ways[chooser.pick(ways.length)];
  if (!way) return undefined;
  return validOf(target, way(target, chooser));
}

/** @param parts replace the valid ones */
export function validOf({ routeKey, path, body, least }: Target, parts: RequestParts = {}): HttpEvent {
  return request(routeKey, { path, ...(body && { body: JSON.stringify(least) }), ...parts });
}

function waysOf({ routeKey, path, body, query, hasKey }: Target): readonly Make[] {
  const takesBody = body !== undefined || routeKey.startsWith('POST ');
  return [
    ...(Object.keys(path).length > 0 ? [wrongPath] : []),
    ...(takesBody ? [wrongBody, wrongEncoding] : []),
    ...(body && Object.keys(body).length > 0 ? [wrongMember, wrongMember] : []),
    ...(query ? [wrongQuery, wrongQuery] : []),
    ...(hasKey ? [wrongKey] : []),
  ];
}

function wrongPath({ path }: Target, chooser: Chooser): RequestParts {
  const names = Object.keys(path);
  const name = names[chooser.pick(names.length)] ?? '';
  // Every name is a valid signal and every id a valid link id: only revocations of links are stored.
  const id =
    !['name', 'linkId'].includes(name) && chooser.chance(0.3) ? `${CANARY}-${chooser.pick(1_000)}` : badId(chooser);
  return { path: { ...path, [name]: id } };
}

function wrongBody({ least }: Target, chooser: Chooser): RequestParts {
  const types = ['application/json', 'text/plain', 'text/html', `x/${CANARY}`, 'multipart/form-data'] as const;
  const isForm = chooser.chance(0.1);
  const type = isForm ? 'application/x-www-form-urlencoded' : oneOf(chooser, types);
  return {
    headers: { 'content-type': type, accept: oneOf(chooser, ['*/*', 'text/html', CANARY]) },
    body: isForm ? badForm(chooser) : badBody(chooser, least),
    base64: chooser.chance(0.3),
  };
}

function badForm(chooser: Chooser): string {
  const key = encodeURIComponent(`${CANARY}${text(chooser).toWellFormed()}`);
  return oneOf(chooser, [`${key}=1`, `value=%ff&${key}`, `value.ok=true&value.ok=false&${key}=1`, `${key}&&&===`]);
}

/** Base64 of bytes that are not text, and bodies that claim to be base64. */
function wrongEncoding({ routeKey, path }: Target, chooser: Chooser): RequestParts {
  const bytes = Uint8Array.from({ length: chooser.between(1, 60) }, () => chooser.between(128, 191));
  return { path, headers: { 'content-type': `application/json; ${routeKey.length}` }, ...encoded(bytes) };
}

/** Bypasses `request`, which encodes text: these bodies are not text. */
function encoded(bytes: Uint8Array): RequestParts {
  return { body: Buffer.from(bytes).toString('latin1') };
}

function wrongMember({ body = {}, least, free }: Target, chooser: Chooser): RequestParts {
  const names = Object.keys(body).filter((name) => !free.includes(name));
  const name = names[chooser.pick(names.length)] ?? CANARY;
  return { body: JSON.stringify({ ...least, [name]: wrongWithin(body[name], chooser) }) };
}

/** An invalid value, or an object with one invalid member. */
function wrongWithin(valid: unknown, chooser: Chooser): unknown {
  if (typeof valid !== 'object' || valid === null || chooser.chance(0.2)) return oneOf(chooser, [wrong])(chooser);
  const names = Object.keys(valid);
  const name = chooser.chance(0.2) ? '' : (names[chooser.pick(names.length)] ?? '');
  if (name === '') return { ...valid, [`${CANARY}${text(chooser)}`]: value(chooser) };
  return { ...valid, [name]: wrongWithin((valid as Readonly<Record<string, unknown>>)[name], chooser) };
}

function wrongQuery({ query = {} }: Target, chooser: Chooser): RequestParts {
  const names = Object.keys(query);
  const name = chooser.chance(0.3) ? undefined : names[chooser.pick(names.length)];
  const cursor = () => Buffer.from(JSON.stringify([CANARY, value(chooser)])).toString('base64url');
  const text = name === 'cursor' && chooser.chance(0.5) ? cursor() : badId(chooser);
  return { query: { [name ?? `${CANARY}${chooser.pick(100)}`]: text } };
}

function wrongKey(_: Target, chooser: Chooser): RequestParts {
  return { headers: { [oneOf(chooser, ['idempotency-key', 'Idempotency-Key'])]: badId(chooser) } };
}
