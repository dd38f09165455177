/** The compiler's error for a wrong use names the wrong key and the valid ones, in a few words. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';

const root = new URL('../../', import.meta.url).pathname;
const compiler = join(root, 'node_modules/typescript/bin/tsc');

const SETTING = `
import { z } from 'zod';
import { type ContextOf, defineApp, defineFlow, resource } from '../../lib/index.ts';
import type { Testkit } from '../../lib/testing.ts';
interface Mailer { send(text: string): Promise<void> }
const order = z.object({ lines: z.array(z.object({ sku: z.string(), count: z.number() })), note: z.string() });
const flow = defineFlow({ name: 'typed', input: order, state: { total: z.number(), order, items: z.array(z.string()) },
  signals: { risk: z.number(), credit: z.enum(['ok', 'bad']) }, resources: { mailer: resource<Mailer>() },
  stream: order, result: order });
declare const ctx: ContextOf<typeof flow, number>;
declare const kit: Testkit;
const client = kit.client.flow(flow);
const ask = flow.chunk('ask', { resume: order }, (ctx) => ctx.pauseFor({ type: 'a' }));
`;

interface Case {
  readonly code: string;
  /** The expected first line of the error. */
  readonly says: readonly RegExp[];
  readonly most?: number;
}

const FLOW_SHOWN = 600;
const CASES: Readonly<Record<string, Case>> = {
  'a factory is missing': {
    code: 'defineApp({ flows: [flow], resources: {} });',
    says: [/'mailer' is missing/, /ResourceFactory<Mailer>/],
  },
  'all factories are missing': {
    code: 'defineApp({ flows: [flow] });',
    says: [/Needs<"resource mailer">/],
    most: FLOW_SHOWN,
  },
  'an unknown signal starts a chain': { code: "flow.when('nope');", says: [/"nope"/, /"credit" \| "risk"/] },
  'an unknown signal in a list': { code: "flow.when(['risk', 'nope']);", says: [/"nope"/, /"credit" \| "risk"/] },
  'an unknown state key starts a chain': {
    code: "flow.when({ state: 'nope' });",
    says: [/"nope"/, /"items" \| "order" \| "total"/],
  },
  'an unknown signal is emitted': { code: "void ctx.emit('nope', 1);", says: [/"nope"/, /"credit" \| "risk"/] },
  'another value than the key has': {
    code: "void ctx.state.set('total', 'x');",
    says: [/'string' is not assignable to parameter of type 'number'/],
  },
  'an unknown state key': { code: "void ctx.state.set('nope', 1);", says: [/"nope"/, /"items" \| "order" \| "total"/] },
  'another item than the list has': {
    code: "void ctx.state.append('items', 1);",
    says: [/'number' is not assignable to parameter of type 'string'/],
  },
  'a key that is no number': { code: "void ctx.state.increment('items');", says: [/"items"/, /"total"/] },
  'another input than the flow has': {
    code: 'void client.start({ lines: [], note: 1 });',
    says: [/'number' is not assignable to type 'string'/],
  },
  'an unknown signal is sent': { code: "void client.signal('x', 'nope', 1);", says: [/"nope"/, /"credit" \| "risk"/] },
  'another value than the signal has': {
    code: "void client.signal('x', 'credit', 'maybe');",
    says: [/"maybe"/, /"ok" \| "bad"|"bad" \| "ok"/],
  },
  'an unknown state key is written': {
    code: "void client.state('x').set('nope', 1);",
    says: [/"nope"/, /"items" \| "order" \| "total"/],
  },
  'another value than the key has is written': {
    code: "void client.state('x').set('total', 'x');",
    says: [/'string' is not assignable to parameter of type 'number'/],
  },
  'another answer than the chunk takes': {
    code: "void client.resume('x', 'i', { chunk: ask, value: { lines: [], note: 1 } });",
    says: [/'number' is not assignable to type 'string'/],
  },
  'an answer without its chunk': {
    code: "void client.resume('x', 'i', { value: { lines: [], note: '' } });",
    says: [/'chunk' is missing/],
  },
  'a pause for an unknown signal': {
    code: "ctx.pauseFor({ type: 'a', resumeTo: { event: 'nope' } });",
    says: [/"nope"/, /"credit" \| "risk"/],
  },
};

describe('messages of the compiler', () => {
  const said = new Map<string, string>();
  let folder: string;

  before(async () => {
    folder = await mkdtemp(join(root, 'test/.types-'));
    const names = Object.keys(CASES);
    await Promise.all(
      Object.values(CASES).map(({ code }, i) => writeFile(join(folder, `case${i}.ts`), `${SETTING}${code}\n`)),
    );
    const config = join(folder, 'tsconfig.json');
    const files = names.map((_, i) => `case${i}.ts`);
    await writeFile(config, JSON.stringify({ extends: '../../tsconfig.json', include: [], files }));
    const output = await new Promise<string>((resolve) => {
      execFile(process.execPath, [compiler, '--noEmit', '--pretty', 'false', '-p', config], (_, stdout) =>
        resolve(stdout),
      );
    });
    // An error begins with its position; indented lines explain it.
    for (const error of output.split(/\n(?=\S)/)) {
      const [, index, text] = /case(\d+)\.ts\(\d+,\d+\): error (.*)/s.exec(error) ?? [];
      const name = names[Number(index)];
      if (name !== undefined && text !== undefined && !text.includes('TS6133')) said.set(name, text.trim());
    }
  });
  after(() => rm(folder, { recursive: true }));

  for (const [name, { says, most = 320 }] of Object.entries(CASES)) {
    it(name, () => {
      const text = said.get(name) ?? '';
      for (const pattern of says) assert.match(text, pattern);
      assert.ok(text.length <= most, `${text.length} characters: ${text}`);
    });
  }
});
