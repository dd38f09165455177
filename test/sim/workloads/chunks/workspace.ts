/**
 * Workspace files of two executions. Later chunks can read a file. A reference stays valid when another file gets its name.
 * Neither execution sees files of the other.
 */
import { z } from 'zod';
import type { WorkspaceRef } from '../../../../lib/flow/authoring/facilities.ts';
import { type ContextOf, defineFlow, resource } from '../../../../lib/index.ts';
import { PATIENT, type Sim, type Workload } from '../workload.ts';

const IDS = ['p', 'q'];

const flow = defineFlow({
  name: 'workspace',
  input: z.string(),
  state: { first: z.unknown(), read: z.array(z.string()), names: z.array(z.string()) },
  resources: { sim: resource<Sim>() },
  defaults: PATIENT,
});
type Context<In> = ContextOf<typeof flow, In>;

const put = (chunk: string, name: string, version: string) =>
  flow.chunk(chunk, async (ctx: Context<unknown>) => {
    await ctx.resources.sim.work(ctx, 500);
    return { ...(await ctx.workspace.put(name, `${version} of ${ctx.execution.id}`)) };
  });
flow
  .to(put('one', 'text', 'one'))
  .to('note', (ctx) => ctx.state.set('first', ctx.input))
  .to(put('two', 'text', 'two'))
  .batch([put('left', 'side/left', 'left'), put('right', 'side/right', 'right')])
  .to('read', async (ctx) => {
    await ctx.resources.sim.work(ctx);
    const first = (await ctx.state.get('first')) as WorkspaceRef;
    for (const file of [first, ctx.input.left, 'side/left', 'side/right', 'nothing'] as const) {
      const bytes = await ctx.workspace.get(file as WorkspaceRef);
      await ctx.state.append('read', bytes ? Buffer.from(bytes).toString() : 'nothing');
    }
    for (const { name } of await ctx.workspace.list()) await ctx.state.append('names', name);
  });

export const workspace: Workload = {
  name: 'workspace',
  flow,
  ids: IDS,
  callers: (newCaller) => IDS.map(async (id) => void (await newCaller().start('workspace', id, id))),
  check: ({ executions, equal }) => {
    for (const id of IDS) {
      const { read, names } = executions.get(id)?.state ?? {};
      const expected = ['one', 'left', 'left', 'right'].map((version) => `${version} of ${id}`);
      equal(read, [...expected, 'nothing'], `files of ${id}`);
      equal(names, ['side/left', 'side/right', 'text'], `names in ${id}`);
    }
  },
};
