import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { z } from 'zod';
import { defineFlow } from '../../lib/index.ts';

interface Variant {
  name?: string;
  reversed?: boolean;
  repeated?: boolean;
  factor?: number;
  maxAttempts?: number;
  retryDefault?: number;
  last?: string;
  input?: z.ZodType;
  signal?: z.ZodType;
  resume?: z.ZodType;
  literal?: string;
  extra?: boolean;
}

function fingerprint(variant: Variant = {}): string {
  const flow = defineFlow({
    name: variant.name ?? 'f',
    input: variant.input ?? z.object({ n: z.number() }),
    signals: { go: variant.signal ?? z.string(), stop: z.null() },
    defaults: { retry: { maxAttempts: variant.retryDefault ?? 3 } },
  });
  const factor = variant.factor ?? 2;
  const resume = variant.resume ?? z.object({ ok: z.boolean() });
  const a = flow.chunk('a', { retry: { maxAttempts: variant.maxAttempts ?? 3 } }, () => factor);
  const b = flow.chunk('b', { resume }, (ctx) => ctx.pauseFor({ type: 'b' }));
  const c = flow.chunk(variant.last ?? 'c', () => null);
  const chains: (() => unknown)[] = [
    () => flow.to(a).to(b),
    () =>
      flow
        .when('go')
        .match((m) => m.case(variant.literal ?? 'x', (p) => p.to(a).to(c)))
        .batch([a, c]),
    () => flow.when(variant.reversed ? ['stop', 'go'] : ['go', 'stop']).to(c),
    () => flow.to(a).to(c),
    () => flow.when(a).to('d', () => null),
  ];
  if (variant.extra) chains.push(() => flow.when('stop').to(a));
  if (variant.reversed) chains.reverse();
  for (const chain of chains) chain();
  if (variant.repeated) for (const chain of chains.slice(0, 4)) chain();
  return flow.fingerprint;
}

describe('fingerprint', () => {
  const base = fingerprint();

  it('is a digest that is equal in every process', () => {
    assert.match(base, /^[A-Za-z0-9_-]{43}$/);
    assert.equal(fingerprint(), base);
  });

  const kept: Record<string, Variant> = {
    'the order of independent statements': { reversed: true },
    'repeated wiring': { repeated: true },
    'the body of a handler': { factor: 3 },
    "a chunk's retry": { maxAttempts: 9 },
    'the default retry': { retryDefault: 9 },
  };
  for (const [what, variant] of Object.entries(kept)) {
    it(`does not depend on ${what}`, () => assert.equal(fingerprint(variant), base));
  }

  const changed: Record<string, Variant> = {
    'the name of the flow': { name: 'g' },
    'the name of a chunk': { last: 'e' },
    'the wiring': { extra: true },
    'a literal of a case': { literal: 'y' },
    'the input schema': { input: z.object({ n: z.string() }) },
    'a signal schema': { signal: z.number() },
    'a resume schema': { resume: z.object({ ok: z.boolean(), note: z.string().optional() }) },
  };
  for (const [what, variant] of Object.entries(changed)) {
    it(`changes with ${what}`, () => assert.notEqual(fingerprint(variant), base));
  }

  it('accepts schemas that JSON schema cannot express', () => {
    assert.notEqual(fingerprint({ input: z.object({ at: z.custom<string>() }) }), base);
  });
});
