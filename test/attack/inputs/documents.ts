/** Documents with one mutated place: task lists, flows, saved executions. */
import { FlowError } from '../../../lib/errors/errors.ts';
import type { Json } from '../../../lib/flow/json.ts';
import { exportFlow, importFlow } from '../../../lib/index.ts';
import type { Chooser } from '../../sim/world/chooser.ts';
import { lists, whole, wholeCode } from '../app.ts';
import { CANARY } from '../tally.ts';
import type { World } from '../world.ts';
import { oneOf, value, wrong } from './hostile.ts';

export interface DocumentAttack {
  readonly document: unknown;
  /** Accepts the document or throws. */
  readonly take: (world: World) => Promise<unknown>;
}

const TASKS = {
  tasks: [
    { id: 'a', kind: 'work', inputs: { n: 1 } },
    { id: 'b', kind: 'wait', dependsOn: ['a'] },
    { id: 'c', kind: 'work', dependsOn: ['a', 'b'] },
  ],
};
const FLOW = JSON.parse(JSON.stringify(exportFlow(whole))) as Json;

export function documentAttack(world: World, chooser: Chooser): DocumentAttack {
  switch (chooser.pick(3)) {
    case 0: {
      const document = changed(TASKS, chooser);
      return { document, take: async () => lists.compile(document) };
    }
    case 1: {
      const document = changed(FLOW, chooser);
      return { document, take: async () => importFlow(document, wholeCode) };
    }
    default: {
      const document = changed(world.snapshot, chooser);
      return { document, take: ({ client }) => loaded(client, document) };
    }
  }
}

/** A document reported as valid has to be accepted; an invalid one has to be refused. */
async function loaded(client: World['client'], document: unknown): Promise<unknown> {
  const report = client.inspectLoad(document);
  const answer = await client.load(document, { id: 'loaded' }).catch((error: unknown) => {
    if (report.ready) throw new Error('inspectLoad says that it is ready, and load refuses it.', { cause: error });
    throw error;
  });
  if (!report.ready) throw new Error('load takes what inspectLoad refuses.');
  return answer;
}

/** Values that replace a part of a document. */
export function isRefusal(error: unknown): boolean {
  return FlowError.is(error);
}

function changed(document: unknown, chooser: Chooser): unknown {
  const copy = structuredClone(document);
  const places = placesIn(copy);
  const [parent, key] = places[chooser.pick(places.length)] ?? [{}, ''];
  const object = parent as Record<string, unknown>;
  return oneOf<() => unknown>(chooser, [
    () => set(object, key, wrong(chooser), copy),
    () => set(object, key, value(chooser), copy),
    () => set(object, key, deep(chooser), copy),
    () => set(object, key, oneOf<unknown>(chooser, [undefined, Number.NaN, 1n, nothing, new Map(), copy]), copy),
    () => set(object, key, `${CANARY}\ud800`, copy),
    () => set(object, `${CANARY}${chooser.pick(100)}`, value(chooser), copy),
    () => set(object, '__proto__', value(chooser), copy),
    () => {
      Reflect.deleteProperty(object, key);
      return copy;
    },
    () => oneOf<unknown>(chooser, [null, [], CANARY, 1, undefined, [copy], deep(chooser)]),
  ])();
}

function nothing(): void {}

function deep(chooser: Chooser): unknown {
  let made: unknown = CANARY;
  for (let i = chooser.chance(0.02) ? 50_000 : chooser.between(100, 2_000); i > 0; i -= 1) made = [made];
  return made;
}

function set(object: Record<string, unknown>, key: string, to: unknown, whole: unknown): unknown {
  Object.defineProperty(object, key, { value: to, enumerable: true, configurable: true, writable: true });
  return whole;
}

/** All members of a document, at every depth. */
function placesIn(value: unknown): [object, string][] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, member]): [object, string][] => [[value, key], ...placesIn(member)]);
}
