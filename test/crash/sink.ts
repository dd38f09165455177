/** Receives the side effects of `app.ts` and checks them. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { isDeepStrictEqual } from 'node:util';
import type { Effect } from './app.ts';
import type { Scenario } from './scenario.ts';

export interface EffectSink {
  readonly url: string;
  readonly effects: readonly Effect[];
  close(): Promise<void>;
}

export async function openSink(): Promise<EffectSink> {
  const effects: Effect[] = [];
  const server = createServer((request, response) => {
    let text = '';
    request.setEncoding('utf8');
    request.on('data', (part: string) => {
      text += part;
    });
    request.on('end', () => {
      effects.push(JSON.parse(text) as Effect);
      response.writeHead(204).end();
    });
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    effects,
    close: () =>
      new Promise((done) => {
        server.close(() => done());
        server.closeAllConnections();
      }),
  };
}

/** The flow of `app.ts`: the side effect of every chunk, by its value. */
export function mixture(sink: EffectSink, weight: number): Scenario {
  const order = `order-${weight}`;
  const wanted = mixtureOf(weight);
  const path = pathOf(weight);
  return {
    flow: 'crash-mix',
    input: { order, weight, note: 'fragile, this side up, '.repeat(20) },
    value: { ship: true },
    other: { ship: false },
    async check(_, executionId, result) {
      const problems: string[] = [];
      const { log, ...rest } = result as { readonly log: readonly string[] };
      const state = { done: wanted.length, path, answer: { ship: true } };
      if (!isDeepStrictEqual(rest, state)) problems.push(`${executionId}: state ${JSON.stringify(rest)}`);
      const chunks = wanted.map(({ chunk }) => chunk).sort();
      if (!isDeepStrictEqual([...log].sort(), chunks)) problems.push(`${executionId}: log ${log.join(', ')}`);

      const values = new Map<string, Set<string>>();
      for (const effect of sink.effects.filter((each) => each.executionId === executionId)) {
        const known = values.get(effect.idempotencyKey) ?? new Set<string>();
        values.set(effect.idempotencyKey, known.add(JSON.stringify([effect.chunk, effect.value])));
      }
      const once = [...values.values()].map((each) => [...each].join(' and ')).sort();
      const expected = wanted.map(({ chunk, value }) => JSON.stringify([chunk, value])).sort();
      if (!isDeepStrictEqual(once, expected)) problems.push(`${executionId}: effects by key ${once.join(', ')}`);
      return problems;
    },
  };
}

function pathOf(weight: number): 'light' | 'heavy' {
  return weight * 3 < 100 ? 'light' : 'heavy';
}

/** Every activation of `app.ts` with the value that it reports. */
export function mixtureOf(weight: number): readonly { readonly chunk: string; readonly value: unknown }[] {
  return [
    { chunk: 'receive', value: weight },
    { chunk: 'weigh', value: weight * 2 },
    { chunk: 'stock', value: 'stock' },
    { chunk: 'price', value: 'price' },
    { chunk: 'carrier', value: 'carrier' },
    { chunk: pathOf(weight), value: weight * 3 },
    { chunk: 'ask', value: `order-${weight}` },
    { chunk: 'pack', value: true },
    { chunk: 'send', value: 1 },
    { chunk: 'send', value: 2 },
    { chunk: 'bill', value: 1 },
    { chunk: 'bill', value: 2 },
  ];
}
