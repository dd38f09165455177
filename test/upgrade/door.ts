/** The HTTP API for making and taking over the data folder. */
import assert from 'node:assert/strict';
import { call, until } from '../crash/door.ts';
import type { Answered, Link } from './record.ts';

export interface View {
  readonly status: string;
  readonly state?: Readonly<Record<string, unknown>>;
  readonly result?: Readonly<Record<string, unknown>>;
  readonly interrupts?: readonly unknown[];
}

interface Waiting {
  readonly executionId: string;
  readonly interruptId: string;
  readonly payload: unknown;
  readonly callbackUrl: string;
}

export interface Door {
  post(path: string, body?: unknown, key?: string): Promise<unknown>;
  get(path: string): Promise<unknown>;
  view(executionId: string): Promise<View>;
  /** Waits until the view satisfies `holds`. */
  reach(executionId: string, what: string, holds: (view: View) => boolean): Promise<View>;
  /** The waits of one execution with their callback paths. */
  links(executionId: string): Promise<readonly Link[]>;
  answer(link: Link, value: unknown): Promise<void>;
  /** All answers given by this client. */
  readonly answered: readonly Answered[];
}

export function openDoor(url: string): Door {
  const send = async (path: string, options: Parameters<typeof call>[1]) => {
    const reply = await call(`${url}${path}`, options);
    assert.ok(reply.status < 300, `${path}: ${reply.status} ${reply.text}`);
    return reply;
  };
  const answered: Answered[] = [];
  const door: Door = {
    answered,
    post: async (path, body = {}, key) =>
      JSON.parse((await send(path, { method: 'POST', body, ...(key === undefined ? {} : { key }) })).text),
    get: async (path) => JSON.parse((await send(path, {})).text),
    view: async (executionId) => (await door.get(`/executions/${executionId}`)) as View,
    async reach(executionId, what, holds) {
      let view: View | undefined;
      const look = async () => {
        view = await door.view(executionId);
        return holds(view) ? view : undefined;
      };
      return until(look, what, 60_000).catch((error: unknown) => {
        throw new Error(`${executionId}: ${error instanceof Error ? error.message : error}; ${JSON.stringify(view)}`);
      });
    },
    async links(executionId) {
      const found: Link[] = [];
      for (let cursor = ''; ; ) {
        const page = (await door.get(`/interrupts?limit=100${cursor}`)) as { items: Waiting[]; cursor?: string };
        for (const item of page.items) {
          const { interruptId, payload, callbackUrl } = item;
          if (item.executionId !== executionId) continue;
          found.push({ executionId, interruptId, payload, path: new URL(callbackUrl).pathname });
        }
        if (page.cursor === undefined) return found;
        cursor = `&cursor=${encodeURIComponent(page.cursor)}`;
      }
    },
    async answer({ path }, value) {
      const body = { value };
      answered.push({ path, body, text: (await send(path, { method: 'POST', body })).text });
    },
  };
  return door;
}
