/**
 * Example 5: the graph comes with the start. A planner, a person or a model, submits a list of tasks; it is checked, becomes a
 * flow of signals and joins like any other, and is kept with the execution. What a task can do is code of ours.
 */
import { defineTaskFlow, resource } from '../../lib/index.ts';

export interface Office {
  look(what: string): Promise<string>;
  /** Sends once for each key. */
  send(to: string, text: string, key: string): Promise<string>;
}

interface Letter {
  readonly to?: string;
}

export const taskList = defineTaskFlow({
  name: 'task-list',
  resources: { office: resource<Office>() },
  kinds: {
    /** Looks for what its inputs say, or for what the execution was started with. */
    look: async (ctx) => {
      const { inputs, start } = ctx.input;
      const found = await ctx.requireResource('office').look(String(inputs ?? start));
      await ctx.state.set(`found.${ctx.input.task.id}`, found);
      return found;
    },
    /** Puts the results of the tasks it depends on together. */
    combine: (ctx) => Object.entries(ctx.input.results).map(([task, result]) => `${task}: ${result}`),
    /** Goes out of the house, so a list has to have it approved. A list can raise the risk of a letter, not lower it. */
    send: {
      sideEffect: true,
      capability: 'post',
      risk: 'medium',
      run: async (ctx) => {
        const { to = 'all' } = (ctx.input.inputs ?? {}) as Letter;
        const text = Object.values(ctx.input.results).flat().join('; ');
        const sent = await ctx.requireResource('office').send(to, text, ctx.idempotencyKey);
        await ctx.state.set('sent', sent);
        return sent;
      },
    },
  },
});

/** Stands in for the world on this machine. */
export function createPaperOffice(): Office {
  const sent = new Map<string, string>();
  return {
    look: async (what) => `facts about ${what}`,
    async send(to, text, key) {
      const letter = sent.get(key) ?? `to ${to}: ${text}`;
      sent.set(key, letter);
      return letter;
    },
  };
}
