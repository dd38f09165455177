/**
 * The flow that acts on many executions. It is paced, and continues after a crash where it was: a call that is repeated has
 * the same request id, so its target takes it once.
 */
import { FatalError } from '../../errors/errors.ts';
import { defineOwnFlow } from '../../flow/authoring/define-flow.ts';
import { resource } from '../../flow/authoring/schema-kinds.ts';
import { type BulkTarget, bulkCount, bulkErrors, bulkInput, bulkOrder, bulkRefusals } from '../../flow/options/bulk.ts';
import type { Clock } from '../../ports/system.ts';
import type { Acts } from '../client/types.ts';
import { actOn } from './act.ts';
import { countsOf } from './counts.ts';

export const BULK = '$bulk';
/** Name of the resource by which its chunks call other executions. */
export const CALLS = 'durable-triggerflow.calls';

export interface Calls {
  readonly client: Acts;
  readonly clock: Clock;
}

/** Executions per step: each step is one commit. */
const MOST_AT_ONCE = 25;
/** Refusals that the state keeps. */
const MOST_REFUSALS = 100;

export const bulk = defineOwnFlow({
  name: BULK,
  input: bulkInput,
  state: {
    order: bulkOrder,
    total: bulkCount,
    done: bulkCount,
    refused: bulkCount,
    byError: bulkErrors,
    refusals: bulkRefusals,
  },
  resources: { [CALLS]: resource<Calls>() },
  defaults: { retry: { maxAttempts: 10, initialDelay: 1_000 } },
});

bulk
  .to('begin', async (ctx) => {
    const { order, targets } = ctx.input;
    await ctx.state.set('order', order);
    await ctx.state.set('total', targets.length);
    await ctx.state.set('done', 0);
    await ctx.state.set('refused', 0);
    const size = Math.min(MOST_AT_ONCE, order.ratePerSecond);
    const steps = Math.ceil(targets.length / size);
    return Array.from({ length: steps }, (_, i) => targets.slice(i * size, (i + 1) * size));
  })
  .forEach(
    (step) =>
      step.to('act', async (ctx) => {
        const { client, clock } = ctx.resources[CALLS];
        const order = await ctx.state.get('order');
        if (!order) throw new FatalError('The order is missing from the state.');
        // Paced before its calls, so that a cancel in the pause finds all calls counted.
        const begun = ((await ctx.state.get('done')) ?? 0) + ((await ctx.state.get('refused')) ?? 0);
        if (begun > 0) {
          await clock.sleep((1_000 * ctx.input.length) / order.ratePerSecond, ctx.abort);
          // A worker learns of a cancel by its next commit only, which is after the calls. The view needs no values: all
          // targets are in the input.
          const own = await client.get(ctx.execution.id, { most: 0 });
          if (ctx.abort.aborted || own?.lifecycle === 'closed') return;
        }
        const act = async (target: BulkTarget) => ({
          executionId: target.id,
          error: await actOn(client, { ...order, bulk: ctx.execution.id }, target),
        });
        const outcomes = await Promise.all(ctx.input.map(act));
        const refused = outcomes.flatMap(({ executionId, error }) =>
          error === undefined ? [] : { executionId, error },
        );
        await ctx.state.increment('done', outcomes.length - refused.length);
        if (refused.length > 0) {
          await ctx.state.increment('refused', refused.length);
          await ctx.state.set('byError', countsOf((await ctx.state.get('byError')) ?? {}, refused));
          const kept = [...((await ctx.state.get('refusals')) ?? []), ...refused];
          await ctx.state.set('refusals', kept.slice(0, MOST_REFUSALS));
        }
      }),
    { concurrency: 1 },
  );
