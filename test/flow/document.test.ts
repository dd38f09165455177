import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import YAML from 'yaml';
import { z } from 'zod';
import { defineFlow, exportFlow, type FlowCode, importFlow } from '../../lib/index.ts';

const pass = ({ input }: { input: unknown }) => input;
function isLarge() {
  return true;
}
function isSmall() {
  return false;
}
function look() {}

const answer = z.object({ ok: z.boolean() });

function makeChild() {
  const child = defineFlow({ name: 'child', input: z.unknown(), result: z.string() });
  child
    .to('inner', pass)
    .tap(look)
    .to('last', () => 'x')
    .end();
  return child;
}

/** A flow with every feature. */
function makeFlow() {
  const flow = defineFlow({
    name: 'everything',
    input: z.object({ n: z.number().int(), mail: z.email().optional() }),
    state: { total: z.record(z.string(), z.number()), last: z.unknown() },
    signals: { go: z.enum(['a']), stop: z.null() },
    stream: z.string(),
    execution: { concurrency: 4, autoCloseTimeout: null, nowait: 'inline' },
    defaults: { retry: { maxAttempts: 2 }, onError: { chunk: 'rescue' } },
  });
  const rescue = flow.chunk('rescue', pass);
  const a = flow.chunk('a', { retry: { jitter: 0 }, timeout: 5, onError: rescue }, pass);
  const b = flow.chunk('b', { resume: answer }, (ctx) => ctx.pauseFor({ type: 'b' }));
  const c = flow.chunk('c', pass);
  flow.chunk('unused', { resume: answer }, pass);
  flow
    .to(a)
    .batch([b, c], { concurrency: 1 })
    .to('d', () => [1, 2])
    .forEach((item) => item.to(c), { onItemError: 'collect' });
  flow.when('go').match((m) => m.case('a', (p) => p.to(b)).case(isLarge, (p) => p.to(c)), { mode: 'all' });
  flow
    .when({ state: 'total' })
    .if(isLarge, (p) => p.to(c))
    .elseIf(isSmall, (p) => p.tap(look))
    .else((p) => p.forEach((item) => item.tap('logged', look)))
    .collect('all', { branch: 'x' });
  flow
    .when({ flowData: 'rates' })
    .collect('all', { branch: 'y' })
    .sideBranch(c)
    .interventionPoint('review', { target: 't' });
  flow.when(['go', 'stop'], { mode: 'or' }).subFlow(makeChild(), {
    capture: { input: { all: 'value' } },
    writeBack: { state: { last: 'result' } },
    sideBranch: true,
  });
  flow
    .when([a, { collect: 'all' }])
    .to('f', () => 'x')
    .end();
  return flow;
}

const code = (flow = makeFlow()): FlowCode => ({
  chunks: Object.fromEntries(flow.chunks),
  predicates: { isLarge, isSmall },
  taps: { look, logged: look },
  children: { child: { chunks: { inner: pass, last: pass }, taps: { look } } },
});

describe('export and import', () => {
  it('return the same flow', () => {
    const flow = makeFlow();
    const document = exportFlow(flow);
    const imported = importFlow(document, code());
    assert.deepEqual(imported.graph, flow.graph);
    assert.equal(imported.fingerprint, flow.fingerprint);
    assert.deepEqual(imported.execution, flow.execution);
    assert.deepEqual([...imported.predicates.keys()].sort(), [...flow.predicates.keys()].sort());
    assert.deepEqual([...imported.taps.keys()].sort(), [...flow.taps.keys()].sort());
    assert.equal(imported.children.get('or:go+stop>subFlow')?.fingerprint, makeChild().fingerprint);
    assert.deepEqual(exportFlow(imported), document);
  });

  it('pass through JSON and YAML text', () => {
    const document = exportFlow(makeFlow());
    assert.deepEqual(JSON.parse(JSON.stringify(document)), document);
    const { fingerprint } = importFlow(YAML.parse(YAML.stringify(document)), code());
    assert.equal(fingerprint, makeFlow().fingerprint);
  });

  it('keep the checks of schemas', () => {
    const handlers = Object.fromEntries(Object.keys(code().chunks).map((name) => [name, pass]));
    const { contract, chunks } = importFlow(exportFlow(makeFlow()), { ...code(), chunks: handlers });
    assert.equal(contract.input?.safeParse({ n: 1.5 }).success, false);
    assert.equal(contract.state?.total?.safeParse({ x: 1 }).success, true);
    assert.equal(contract.signals?.go?.safeParse('b').success, false);
    assert.equal(chunks.get('b')?.resume?.safeParse({ ok: 1 }).success, false);
  });

  it('accept richer schemas with the same JSON schema', () => {
    const flow = defineFlow({ name: 'f', input: z.string() });
    const input = z.string().refine((text) => text !== 'no');
    const imported = importFlow(exportFlow(flow), { chunks: {}, contract: { input } });
    assert.equal(imported.contract.input, input);
    assert.equal(imported.fingerprint, flow.fingerprint);
    assert.throws(() => importFlow(exportFlow(flow), { chunks: {}, contract: { input: z.number() } }), {
      code: 'definition_invalid',
      message: /input: the schema in code differs from the document's/,
    });
  });
});

describe('export', () => {
  it('names every anonymous function', () => {
    const flow = defineFlow({ name: 'f' });
    flow.match((m) =>
      m.case(
        () => true,
        (p) => p.tap(() => null),
      ),
    );
    assert.throws(
      () => exportFlow(flow),
      (error: Error & { details: { problems: string[] } }) => {
        assert.deepEqual(error.details.problems, [
          'The predicate at ">match/0" of flow "f" has no name. Pass a named function.',
          'The tap at ">match/0>tap" of flow "f" has no name. Pass a named function.',
        ]);
        return true;
      },
    );
  });

  it('refuses two functions with one name', () => {
    const flow = defineFlow({ name: 'f' });
    const other = { isLarge: () => false };
    flow.match((m) => m.case(isLarge, (p) => p).case(other.isLarge, (p) => p));
    assert.throws(() => exportFlow(flow), { code: 'definition_invalid', message: /"isLarge", one at ">match\/1"/ });
  });
});

describe('import', () => {
  const problemsOf = (document: unknown, given: FlowCode): readonly string[] => {
    try {
      importFlow(document, given);
    } catch (error) {
      return (error as { details: { problems: string[] } }).details.problems;
    }
    return [];
  };

  it('lists all missing code', () => {
    assert.deepEqual(problemsOf(exportFlow(makeFlow()), { chunks: { a: pass, b: pass, c: pass, f: pass } }), [
      'child "or:go+stop>subFlow": there is no code for sub-flow "child". Pass it in children.',
      'chunk "d": there is no handler. Pass it in chunks.',
      'chunk "rescue": there is no handler. Pass it in chunks.',
      'predicate at "signal:go>match/1": there is no function "isLarge". Pass it in predicates.',
      'predicate at "state:total>match/0": there is no function "isLarge". Pass it in predicates.',
      'predicate at "state:total>match/1": there is no function "isSmall". Pass it in predicates.',
      'tap at "state:total>match/1>tap": there is no function "look". Pass it in taps.',
      'tap at "state:total>match/else>forEach/item>tap": there is no function "logged". Pass it in taps.',
    ]);
  });

  it('lists every malformed part', () => {
    const problems = problemsOf({ ...exportFlow(makeFlow()), format: 'triggerflow/9', name: 'a b', extra: 1 }, code());
    assert.equal(problems.length, 3);
    assert.match(problems.join('\n'), /format: is not supported.*\n.*name: is not valid.*\n.*extra/s);
    assert.deepEqual(problemsOf(null, code()).length, 1);
  });

  const deep = (levels: number): unknown => ({
    ...exportFlow(makeFlow()),
    ...(levels > 0 ? { children: { x: deep(levels - 1) } } : {}),
  });
  const aliases = [
    'a: &a [x, x, x]',
    ...[...'bcdefghijklmnopqrs'].map((key, i) => {
      const before = 'abcdefghijklmnopqr'[i];
      return `${key}: &${key} [*${before}, *${before}, *${before}]`;
    }),
  ].join('\n');
  const hostile: Record<string, () => unknown> = {
    'sub-flows nested without end': () => deep(40),
    'a schema nested without end': () => ({
      ...exportFlow(makeFlow()),
      resumes: { b: JSON.parse(`${'{"not":'.repeat(3_000)}{}${'}'.repeat(3_000)}`) },
    }),
    'aliases of aliases in YAML': () => ({
      ...exportFlow(makeFlow()),
      taps: YAML.parse(aliases, { maxAliasCount: -1 }),
    }),
    'a document inside itself': () => {
      const document: Record<string, unknown> = { ...exportFlow(makeFlow()) };
      document.children = { x: document };
      return document;
    },
    'a member of the prototype': () => JSON.parse('{"format":"triggerflow/1","__proto__":{"name":"x"}}'),
    'a time beyond 100 years': () => ({ ...exportFlow(makeFlow()), execution: { autoCloseTimeout: 1e300 } }),
    'a negative count': () => ({ ...exportFlow(makeFlow()), execution: { hopBudget: -1 } }),
    'a count beyond safe integers': () => ({ ...exportFlow(makeFlow()), execution: { concurrency: 2 ** 60 } }),
  };
  for (const [what, document] of Object.entries(hostile)) {
    it(`refuses ${what} by its code`, () => {
      assert.throws(() => importFlow(document(), code()), { code: 'definition_invalid' });
    });
  }

  const small = () => {
    const flow = defineFlow({ name: 'f', signals: { go: z.null() }, state: {} });
    flow
      .to('a', pass)
      .batch([flow.chunk('b', pass)])
      .to('c', pass);
    const { graph, ...rest } = exportFlow(flow);
    return { ...rest, graph: { ...graph, nodes: { ...graph.nodes } as Record<string, unknown> } };
  };
  const chunks = { a: pass, b: pass, c: pass };
  const chunk = (name: string, ...out: unknown[]) => ({ kind: 'chunk', chunk: name, out });

  it('lists all unreachable nodes', () => {
    const document = small();
    document.graph.nodes.a = chunk('a', { node: 'x' }, { exit: 'a>batch', branch: 'y' }, { join: 'j', slot: 's' });
    document.graph.nodes.c = chunk('c', { collect: 'all', branch: 'z' }, { end: true }, { exit: 'b', branch: '0' });
    const wrong = { on: { stop: [{ node: 'a' }] }, onState: { total: [] }, after: { x: [{ node: 'a' }] } };
    const policies = { a: { onError: { handler: 'rescue' } } };
    assert.deepEqual(problemsOf({ ...document, graph: { ...document.graph, ...wrong, policies } }, { chunks }), [
      'node "a": there is no node "x"',
      'node "a": operator "a>batch" has no branch "y" that a value can leave',
      'node "a": there is no join "j" with a slot "s"',
      'node "c": there is no collection "all" with a branch "z"',
      'node "c": operator "b" has no branch "0" that a value can leave',
      'after "x": no node runs this chunk',
      'signal "stop" is not declared in the contract',
      'state key "total" is not declared in the contract',
      'policy "a": onError names "rescue", but there is no chunk of that name at the top level',
    ]);
  });

  it('refuses cycles, also through operators', () => {
    const document = small();
    document.graph.nodes.c = chunk('c', { node: 'a' });
    assert.match(problemsOf(document, { chunks }).join('\n'), /would follow itself/);
  });

  it('refuses sub-flows without child and unused children', () => {
    const document = small();
    document.graph.nodes.c = { kind: 'subFlow', out: [] };
    const children = { x: small() };
    const given = { chunks, children: { f: { chunks } } };
    assert.deepEqual(problemsOf({ ...document, children }, given), [
      'node "c": children has no document of this sub-flow',
      'child "x": there is no node with this id',
    ]);
  });

  it('names the child with the problem', () => {
    const given = { ...code(), children: { child: { chunks: { inner: pass }, taps: { look } } } };
    assert.deepEqual(problemsOf(exportFlow(makeFlow()), given), [
      'child "or:go+stop>subFlow": chunk "last": there is no handler. Pass it in chunks.',
    ]);
  });
});
