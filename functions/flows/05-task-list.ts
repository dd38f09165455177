/**
 * Example 5: the caller submits the graph with the start. A planner (a person or a model) sends a list of tasks. The list is
 * checked, compiled to a flow, and stored with the execution. The code below defines what each kind of task does.
 */
import { defineTaskFlow, resource } from '../../lib/index.ts';

export interface Office {
  look(what: string): Promise<string>;
  /** Sends once per key, however often it is called. */
  send(to: string, text: string, key: string): Promise<string>;
}

interface Letter {
  readonly to?: string;
}

export const taskList = defineTaskFlow({
  name: 'task-list',
  resources: { office: resource<Office>() },
  kinds: {
    /** Searches for the task's `inputs`, or for the input of the execution. */
    look: async (ctx) => {
      const { inputs, start } = ctx.input;
      const found = await ctx.requireResource('office').look(String(inputs ?? start));
      await ctx.state.set(`found.${ctx.input.task.id}`, found);
      return found;
    },
    /** Combines the results of the tasks it depends on. */
    combine: (ctx) => Object.entries(ctx.input.results).map(([task, result]) => `${task}: ${result}`),
    /** Has a side effect, so the list must give each such task an approval. A list can raise the risk, not lower it. */
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

/** A local replacement for search and mail. */
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
