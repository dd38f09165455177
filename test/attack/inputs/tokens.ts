/** Tokens that are almost valid. */
import { createHmac } from 'node:crypto';
import type { HttpEvent } from '../../../lib/adapters/lambda/http/body.ts';
import { request } from '../../lambda/support.ts';
import type { Chooser } from '../../sim/world/chooser.ts';
import { CANARY } from '../tally.ts';
import { TENANT, type World } from '../world.ts';
import { oneOf, text } from './hostile.ts';

/** A callback with a forged token. */
export function tokenAttack(world: World, chooser: Chooser): HttpEvent {
  const token = badToken(world, chooser);
  if (chooser.chance(0.5)) return request('GET /callbacks/{token}', { path: { token } });
  const body = JSON.stringify({ value: { ok: true }, actor: CANARY });
  return request('POST /callbacks/{token}', { path: { token }, body });
}

/** A text that differs from `world.token`. */
function badToken(world: World, chooser: Chooser): string {
  for (;;) {
    const token = mutate(world, chooser);
    if (token !== world.token) return token;
  }
}

function mutate({ token, keys, claims }: World, chooser: Chooser): string {
  const [version = '', kid = '', payload = '', mac = ''] = token.split('.');
  const at = chooser.pick(token.length);
  const { executionId, interruptId, generation, expiresAt } = claims;
  const fields = (tenant: string, audience: string, id = executionId): string =>
    Buffer.from(JSON.stringify([tenant, audience, id, interruptId, expiresAt, generation])).toString('base64url');
  const signed = (name: string, secret: Uint8Array | string, body: string) => {
    const head = `v1.${name}.${body}`;
    return `${head}.${createHmac('sha256', secret).update(head).digest('base64url')}`;
  };
  const bits = Buffer.from(mac, 'base64url');
  return oneOf(chooser, [
    () => token.slice(0, at) + String.fromCharCode(token.charCodeAt(at) ^ (1 << chooser.pick(8))) + token.slice(at + 1),
    () => token.slice(0, at),
    () => token.slice(at + 1),
    () => token.slice(0, at) + token.slice(at + 1 + chooser.pick(4)),
    () => token.slice(0, at) + text(chooser) + token.slice(at),
    () => token + oneOf(chooser, ['=', '==', '.', ' ', '\n', '\u0000', '%00', token, `.${mac}`]),
    () => `${oneOf(chooser, [' ', '/', '.', 'v1.', '\ufeff', token])}${token}`,
    () => [version, oneOf(chooser, ['b', 'A', '', '../a', '__proto__', 'constructor']), payload, mac].join('.'),
    () => [oneOf(chooser, ['v0', 'v2', 'V1', '', 'none']), kid, payload, mac].join('.'),
    () => [version, kid, fields(TENANT, 'callback', `${CANARY}${chooser.pick(1_000)}`), mac].join('.'),
    () => [version, kid, payload, ''].join('.'),
    () => [version, kid, payload.toUpperCase(), mac].join('.'),
    () => [version, kid, payload, mac.replaceAll('-', '+').replaceAll('_', '/').toLowerCase()].join('.'),
    () => {
      const [i, bit] = [chooser.pick(bits.length), chooser.pick(8)];
      bits[i] = (bits[i] ?? 0) ^ (1 << bit);
      return [version, kid, payload, bits.toString('base64url')].join('.');
    },
    () => signed('a', keys.a.secret, fields(`${TENANT}2`, 'callback')),
    () => signed('a', keys.a.secret, fields(TENANT, oneOf(chooser, ['', 'Callback', 'api']))),
    () => signed('a', keys.b.secret, payload),
    () => signed('b', keys.a.secret, payload),
    () => signed('a', text(chooser), fields(TENANT, 'callback')),
    () => oneOf(chooser, ['', '.', '...', 'v1...', 'null', 'undefined']),
    () => text(chooser, 400),
    () => token.repeat(chooser.between(2, 100)),
    () => [...token].map((letter) => String.fromCodePoint(letter.charCodeAt(0) + 0xfee0)).join(''),
  ])();
}
