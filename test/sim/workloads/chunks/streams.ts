/**
 * Readers follow a stream by cursor. Meanwhile chunks append to it, are interrupted and repeated, and one stops it. Pages have no
 * gaps, a reader that saw the end has seen every item, and no item follows a stop.
 */
import { z } from 'zod';
import type { Json } from '../../../../lib/flow/json.ts';
import { type ContextOf, defineFlow, resource } from '../../../../lib/index.ts';
import type { StreamView } from '../../../../lib/runtime/client/types.ts';
import type { Caller } from '../../world/caller.ts';
import { PATIENT, type Sim, type Workload } from '../workload.ts';

const IDS = ['stopped', 'open'];
const PAGE = 2;

const flow = defineFlow({
  name: 'streams',
  input: z.enum(['stopped', 'open']),
  state: { said: z.number() },
  stream: z.string(),
  resources: { sim: resource<Sim>() },
  defaults: PATIENT,
});
type Context<In> = ContextOf<typeof flow, In>;

const say = (name: string, items: readonly string[]) =>
  flow.chunk(name, async (ctx: Context<'stopped' | 'open'>) => {
    await ctx.resources.sim.work(ctx);
    for (const item of items) {
      if (item === 'stop' && ctx.input === 'stopped') await ctx.stopStream();
      else await ctx.stream(item);
    }
    await ctx.state.increment('said');
    return ctx.input;
  });
const ITEMS = ['a0', 'a1', 'b0', 'b1', 'c0', 'stop', 'c1', 'd0'];
flow
  .to(say('a', ['a0', 'a1']))
  .to(say('b', ['b0', 'b1']))
  .to(say('c', ['c0', 'stop', 'c1']))
  .to(say('d', ['d0']));

/** Reads page by page until the stream has ended. */
async function follow(caller: Caller, id: string, pause: number): Promise<readonly StreamView[]> {
  const items: StreamView[] = [];
  for (let after = 0; ; ) {
    const page = await caller.insist((client) => client.readStream(id, { after, limit: PAGE }));
    items.push(...(page?.items ?? []));
    if (page?.ended) return items;
    if (!page || page.items.length < PAGE) await caller.wait(pause);
    after = page?.cursor ?? 0;
  }
}

export const streams: Workload = {
  name: 'streams',
  flow,
  ids: IDS,
  callers: (newCaller) =>
    IDS.flatMap((id) =>
      [700, 3_000].map(async (pause, n) => {
        const caller = newCaller();
        await caller.start('streams', id, id);
        const seen = await follow(caller, id, pause);
        caller.remember(`${id} ${n}`, JSON.stringify(seen));
        if (n === 0) return;
        await caller.until(id, ({ lifecycle }) => lifecycle === 'closed');
        caller.remember(`${id} later`, JSON.stringify(await follow(caller, id, pause)));
      }),
    ),
  check: ({ executions, answers, equal, expect }) => {
    for (const id of IDS) {
      equal(executions.get(id)?.state.said, 4, `chunks of ${id}`);
      const all = JSON.parse(answers.get(`${id} later`) ?? '[]') as readonly StreamView[];
      expect(
        all.every(({ seq }, i) => seq === i + 1),
        `positions in ${id}`,
      );
      for (const n of [0, 1])
        equal(JSON.parse(answers.get(`${id} ${n}`) ?? '') as Json, all as unknown as Json, `reader ${n} of ${id}`);
      // Repeated attempts append their items again.
      const said = [...new Set(all.map(({ item }) => String(item)))];
      const stopsAt = id === 'stopped' ? ITEMS.indexOf('stop') : ITEMS.length;
      equal(said, ITEMS.slice(0, stopsAt), `items of ${id}`);
    }
  },
};
