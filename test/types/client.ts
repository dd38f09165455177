/** Right and wrong uses of the client and the host. Never run: `tsc --noEmit` is the test. */
import { z } from 'zod';
import type { createTableClient } from '../../lib/dynamodb.ts';
import type { Execution, InProcessHost } from '../../lib/host.ts';
import { defineFlow, type Env } from '../../lib/index.ts';
import type { Testkit } from '../../lib/testing.ts';
import { assertType, type Equal } from './equal.ts';

const flow = defineFlow({
  name: 'typed',
  input: z.object({ ticket: z.string(), cents: z.coerce.number<string>() }),
  state: { decision: z.boolean(), items: z.array(z.string()), count: z.number() },
  signals: { risk: z.number(), credit: z.enum(['ok', 'bad']), at: z.string().transform((text) => text.length) },
});
const open = defineFlow({ name: 'open' });
const ask = flow.chunk('ask', { resume: z.object({ cents: z.coerce.number<string>() }) }, (ctx) =>
  ctx.pauseFor({ type: 'price' }),
);
const free = flow.chunk('free', (ctx) => ctx.pauseFor({ type: 'any' }));

declare const kit: Testkit;
declare const host: InProcessHost;
declare const stage: ReturnType<typeof createTableClient>;
const typed = kit.client.flow(flow);
const untyped = kit.client.flow(open);
const input = { ticket: 'A', cents: '12' };

// Right uses: the types before the schemas convert them.

assertType<Equal<Parameters<typeof typed.start>[0], { ticket: string; cents: string }>>();
void stage.flow(flow).start(input, { id: 'x' });
void host.client.flow(flow).create();
void typed.signal('x', 'risk', 1, { requestId: 's', correlation: 'c' });
void typed.signal('x', 'at', 'text');
void typed.state('x').set('decision', true);
void typed.state('x').set('items.0', { any: 'json' });
void typed.state('x').append('items', 'text');
void typed.state('x').increment('count', 2);
void typed.state('x').delete('items.0');
void untyped.start({ any: ['json'] });
void untyped.signal('x', 'whatever', null);
void untyped.state('x').append('key', { any: 'json' });
void kit.client.state('x').increment('key.part');

void typed.resume('x', 'i', { chunk: ask, value: { cents: '12' }, requestId: 'r' });
void typed.resume('x', 'i', { chunk: free, value: ['any json'] });
void typed.resume('x', 'i', { chunk: 'ask', value: ['any json'] });
void kit.client.resume('x', 'i', { chunk: ask, value: { cents: '12' } });
void kit.client.resume('x', 'i', { value: ['any json'], generation: 1, actor: 'ann' });

const settle = <E extends Env>(execution: Execution<E>) => execution.quiet();

export async function hosted(): Promise<void> {
  await host.flow(flow).start(input);
  const execution = await host.flow(flow).createExecution();
  await execution.start(input);
  await execution.emit('credit', 'ok');
  await execution.signal('risk', 1);
  await execution.state.set('decision', false);
  await execution.resume('i', { chunk: ask, value: { cents: '12' } });
  await execution.resume('i', { value: ['any json'], requestId: 'r' });
  for await (const { item } of execution.stream({ start: input })) void item;
  await settle(execution);
  const byName: Execution = await host.flow('typed').startExecution({ any: 'json' });
  await byName.emit('whatever', 1);
}

// Wrong uses: each must not compile.

// @ts-expect-error 1: another input than the flow's
void typed.start({ ticket: 'A' });
// @ts-expect-error 2: the input is given as it is before the schema converts it
void typed.start({ ticket: 'A', cents: 12 });
// @ts-expect-error 3: no such signal
void typed.signal('x', 'nope', 1);
// @ts-expect-error 4: another value than the signal's
void typed.signal('x', 'risk', 'high');
// @ts-expect-error 5: a value of the signal after the schema has converted it
void typed.signal('x', 'at', 4);
// @ts-expect-error 6: no such state key
void typed.state('x').set('nope', 1);
// @ts-expect-error 7: another value than the key's
void typed.state('x').set('decision', 'yes');
// @ts-expect-error 8: another item than the list's
void typed.state('x').append('items', 1);
// @ts-expect-error 9: no number
void typed.state('x').increment('items');
// @ts-expect-error 10: no such start option
void typed.start(input, { delay: 1 });
// @ts-expect-error 11: no JSON, without a schema
void untyped.start(undefined);
// @ts-expect-error 12: no JSON, without a schema
void untyped.signal('x', 'whatever', () => 1);
// @ts-expect-error 13: no JSON, without a schema
void untyped.state('x').set('key', new Date());
// @ts-expect-error 14: another input than the flow's
void host.flow(flow).start('A');
// @ts-expect-error 15: another input than the flow's
void host.flow(flow).startExecution({});
// @ts-expect-error 21: another value than the chunk takes
void typed.resume('x', 'i', { chunk: ask, value: { cents: 'no', and: 1, euros: true } });
// @ts-expect-error 22: the value is given as it is before the schema converts it
void typed.resume('x', 'i', { chunk: ask, value: { cents: 12 } });
// @ts-expect-error 23: the chunk is missing
void typed.resume('x', 'i', { value: { cents: '12' } });
// @ts-expect-error 24: another value than the chunk takes
void kit.client.resume('x', 'i', { chunk: ask, value: '12' });
// @ts-expect-error 25: no JSON, without a schema
void kit.client.resume('x', 'i', { chunk: free, value: new Date() });

export async function wrong(execution: Awaited<ReturnType<typeof handle>>): Promise<void> {
  // @ts-expect-error 16: another input than the flow's
  await execution.start({ ticket: 1, cents: '1' });
  // @ts-expect-error 17: no such signal
  await execution.emit('nope', 1);
  // @ts-expect-error 18: another value than the signal's
  await execution.signal('credit', 'maybe');
  // @ts-expect-error 19: another value than the key's
  await execution.state.set('count', '1');
  // @ts-expect-error 20: another input than the flow's
  execution.stream({ start: 'A' });
  // @ts-expect-error 26: another value than the chunk takes
  await execution.resume('i', { chunk: ask, value: { cents: 12 } });
}

const handle = () => host.flow(flow).createExecution();
