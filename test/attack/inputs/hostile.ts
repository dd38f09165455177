/** Values and texts that every route must refuse. */
import type { Chooser } from '../../sim/world/chooser.ts';
import { CANARY } from '../tally.ts';

export function oneOf<T>(chooser: Chooser, items: readonly [T, ...T[]]): T {
  return items[chooser.pick(items.length)] ?? items[0];
}

const ALPHABET = [...'abcXYZ019_-.:@=/#%&?<>"\'\\{}[]$ \u0000\n\u00e9\u202e\u{1f600}'];

export function text(chooser: Chooser, most = 40): string {
  const length = chooser.between(0, most);
  return CANARY + Array.from({ length }, () => ALPHABET[chooser.pick(ALPHABET.length)]).join('');
}

/** Neither a valid id nor a valid name. */
export function badId(chooser: Chooser): string {
  return oneOf<() => string>(chooser, [
    () => `${text(chooser)}/`,
    () => `${CANARY} ${text(chooser)}`,
    () => `../${CANARY}`,
    () => CANARY.repeat(60),
    () => `${CANARY}\u0000`,
    () => `${CANARY}\ud800`,
    () => `${CANARY}#x`,
    () => `${CANARY}\u{1f600}`,
    () => `%${CANARY}`,
    () => `%ff${CANARY}`,
    () => `${CANARY}<script>`,
  ])();
}

/** A JSON value of any type. */
export function value(chooser: Chooser, depth = 3): unknown {
  return oneOf<() => unknown>(chooser, [
    () => text(chooser),
    () => CANARY.repeat(chooser.between(1, 2_000)),
    () => chooser.between(-5, 5),
    () => oneOf(chooser, [1e308, -1e308, 0.1, 2 ** 53, -0, 1e-320]),
    () => chooser.chance(0.5),
    () => null,
    () => (depth > 0 ? Array.from({ length: chooser.pick(4) }, () => value(chooser, depth - 1)) : []),
    () => (depth > 0 ? { [text(chooser)]: value(chooser, depth - 1) } : {}),
    () => oneOf(chooser, ['__proto__', 'constructor', 'toString', 'prototype']),
  ])();
}

/** Invalid for every id, name, choice, limit and short text. */
export function wrong(chooser: Chooser): unknown {
  return oneOf<() => unknown>(chooser, [
    () => CANARY.repeat(200 + chooser.pick(2_000)),
    () => '',
    () => -1 - chooser.pick(10),
    () => 0.5 - chooser.pick(9),
    () => -1e308,
    () => [value(chooser)],
    () => ({ [text(chooser)]: value(chooser) }),
  ])();
}

/** A body that no route accepts, although its beginning may be valid. */
export function badBody(chooser: Chooser, valid: Readonly<Record<string, unknown>>): string {
  const whole = JSON.stringify(valid);
  const open = whole === '{}' ? '{' : `${whole.slice(0, -1)},`;
  const key = JSON.stringify(`${CANARY}${chooser.pick(1_000)}`);
  const deep = (most: number) => {
    const depth = chooser.between(300, most);
    return `${open}${key}:${'['.repeat(depth)}1${']'.repeat(depth)}}`;
  };
  return oneOf<() => string>(chooser, [
    () => `${whole.slice(0, chooser.between(1, whole.length - 1))}\u0001${text(chooser)}`,
    () => `}${text(chooser, 200)}`,
    () => `${whole}${whole}`,
    () => `${open}${key}:${JSON.stringify(value(chooser))}}`,
    () => `${open}${key}:1e999}`,
    () => `${open}${key}:NaN}`,
    () => `${open}${key}:1,${key}:2}`,
    () => `${open}"__proto__":{${key}:1}}`,
    () => `${open}"constructor":{"prototype":{${key}:1}}}`,
    () => `${open}"${CANARY}\\ud800":"\\udc00"}`,
    () => `${open}${JSON.stringify(CANARY.repeat(chooser.between(100, 3_000)))}:1}`,
    () => JSON.stringify([valid, CANARY]),
    () => JSON.stringify(`${CANARY}${whole}`),
    () => oneOf(chooser, ['null', 'true', '0', '-1e308', '[]', '""']),
    () => deep(chooser.chance(0.05) ? 100_000 : 1_000),
    () => (chooser.chance(0.05) ? `${open}${key}:"${'x'.repeat(256 * 1_024)}"}` : `[${text(chooser)}`),
  ])();
}
