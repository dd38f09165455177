import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type CompileOptions, compileTasks, exportFlow, FatalError, importFlow } from '../../lib/index.ts';

const kinds: CompileOptions['kinds'] = {
  read: ({ input }) => [input.task.id, input.start, input.inputs],
  merge: { run: ({ input }) => input.results, retry: { maxAttempts: 5 } },
  send: { run: ({ input }) => `sent by ${input.task.id}`, sideEffect: true },
};
const diamond = {
  tasks: [
    { id: 'a', kind: 'read', inputs: { path: 'x' } },
    { id: 'b', kind: 'merge', dependsOn: ['a'] },
    { id: 'c', kind: 'merge', dependsOn: ['a'], onError: 'skip' },
    { id: 'd', kind: 'send', dependsOn: ['c', 'b'], approval: { risk: 'high' } },
  ],
};

const call = (flow: ReturnType<typeof compileTasks>, task: string, context: object): unknown =>
  flow.chunks.get(task)?.handler(context as never);

describe('compileTasks', () => {
  it('starts roots, and dependents when all their dependencies completed', () => {
    const { graph } = compileTasks(diamond, { kinds });
    const join = 'when:chunk:b+chunk:c';
    assert.deepEqual(graph.entry, [{ node: 'a' }]);
    assert.deepEqual(graph.after, {
      a: [{ node: 'b' }, { node: 'c' }],
      b: [{ join, slot: 'b' }],
      c: [{ join, slot: 'c' }],
    });
    assert.deepEqual(graph.nodes[join], { kind: 'join', slots: ['b', 'c'], out: [{ node: 'd' }] });
    assert.deepEqual(graph.policies, {
      b: { retry: { maxAttempts: 5 } },
      c: { retry: { maxAttempts: 5 }, onError: 'skip' },
    });
  });

  it('gives equal lists one fingerprint, and different lists another', () => {
    const { fingerprint } = compileTasks(diamond, { kinds });
    const [first, ...others] = diamond.tasks;
    const changed = { tasks: [{ ...first, inputs: { path: 'y' } }, ...others] };
    assert.equal(compileTasks(structuredClone(diamond), { kinds }).fingerprint, fingerprint);
    assert.notEqual(compileTasks(changed, { kinds }).fingerprint, fingerprint);
    assert.notEqual(compileTasks(diamond, { kinds, name: 'other' }).fingerprint, fingerprint);
  });

  it('passes handlers their inputs, the start value and the results by task', () => {
    const flow = compileTasks(diamond, { kinds });
    assert.deepEqual(call(flow, 'a', { input: 7 }), ['a', 7, { path: 'x' }]);
    assert.deepEqual(call(flow, 'b', { input: 'of a' }), { a: 'of a' });
    const joined = { tasks: [...diamond.tasks.slice(0, 3), { id: 'd', kind: 'merge', dependsOn: ['b', 'c'] }] };
    assert.deepEqual(call(compileTasks(joined, { kinds }), 'd', { input: { b: 1, c: 2 } }), { b: 1, c: 2 });
  });

  it('runs a task that needs an approval only when approved', async () => {
    const flow = compileTasks(diamond, { kinds });
    const asked: unknown[] = [];
    const decide = (approval: object) =>
      call(flow, 'd', {
        input: { b: 1, c: 2 },
        requireApproval: async (request: unknown) => {
          asked.push(request);
          return approval;
        },
      });
    assert.equal(await decide({ status: 'approved' }), 'sent by d');
    assert.equal(await decide({ status: 'pending', pause: 'the pause' }), 'the pause');
    await assert.rejects(
      async () => decide({ status: 'denied', reason: 'no' }),
      new FatalError('Task "d" was not approved: no'),
    );
    assert.deepEqual(asked[0], { subject: 'd', capability: 'send', risk: 'high', payload: null });
  });

  it('requests the approval of the kind, with the higher risk', async () => {
    const careful = { run: () => null, sideEffect: true, capability: 'money', risk: 'medium' } as const;
    const asked = async (approval: object) => {
      const flow = compileTasks({ tasks: [{ id: 'a', kind: 'pay', approval }] }, { kinds: { pay: careful } });
      let seen: unknown;
      await call(flow, 'a', {
        input: null,
        requireApproval: async (request: unknown) => {
          seen = request;
          return { status: 'approved' };
        },
      });
      return seen;
    };
    const request = { subject: 'a', capability: 'money', payload: null };
    assert.deepEqual(await asked({}), { ...request, risk: 'medium' });
    assert.deepEqual(await asked({ capability: 'money', risk: 'high' }), { ...request, risk: 'high' });
  });

  it('returns a flow that can be exported', () => {
    const flow = compileTasks(diamond, { kinds });
    const imported = importFlow(JSON.parse(JSON.stringify(exportFlow(flow))), {
      chunks: Object.fromEntries(flow.chunks),
    });
    assert.equal(imported.fingerprint, flow.fingerprint);
  });
});

describe('task lists', () => {
  const problemsOf = (document: unknown, known = kinds): readonly string[] => {
    try {
      compileTasks(document, { kinds: known });
    } catch (error) {
      const { code, details } = error as { code: string; details: { problems: string[] } };
      assert.equal(code, 'definition_invalid');
      return details.problems;
    }
    return [];
  };

  it('are refused with all their problems', () => {
    const tasks = [
      { id: 'a', kind: 'read', dependsOn: ['nope', 'a'] },
      { id: 'b', kind: 'paint', dependsOn: ['c', 'c'] },
      { id: 'c', kind: 'read', dependsOn: ['b'] },
      { id: 'c', kind: 'send', dependsOn: ['e'] },
      { id: 'e', kind: 'read', dependsOn: ['d'] },
    ];
    assert.deepEqual(problemsOf({ tasks }), [
      'task "a": it depends on "nope", which is not in the list',
      'task "a": it depends on itself',
      'task "b": there is no kind "paint"; use one of merge, read, send',
      'task "b": it depends on "c" twice',
      'task "c": another task has the same id; ids must be unique',
      'task "c": kind "send" has side effects, so it needs an approval',
      'task "e": it depends on "d", which is not in the list',
      'tasks: every task depends on another one, so none can start',
      'tasks: "b", "c" wait for each other',
    ]);
  });

  it('name each cycle, without tasks that only connect two', () => {
    const after = (id: string, ...dependsOn: string[]) => ({ id, kind: 'read', dependsOn });
    const tasks = [
      after('root'),
      ...[after('a', 'b'), after('b', 'a', 'root'), after('between', 'b'), after('x', 'between', 'y'), after('y', 'x')],
      ...[after('p', 'r'), after('q', 'p'), after('r', 'q')],
    ];
    assert.deepEqual(problemsOf({ tasks }), [
      'tasks: "a", "b" wait for each other',
      'tasks: "x", "y" wait for each other',
      'tasks: "p", "q", "r" wait for each other',
    ]);
  });

  it('join cycles that share a task', () => {
    const tasks = [
      { id: 'root', kind: 'read' },
      { id: 'a', kind: 'read', dependsOn: ['b', 'c', 'root'] },
      { id: 'b', kind: 'read', dependsOn: ['a'] },
      { id: 'c', kind: 'read', dependsOn: ['a'] },
    ];
    assert.deepEqual(problemsOf({ tasks }), ['tasks: "a", "b", "c" wait for each other']);
  });

  const careful: CompileOptions['kinds'] = {
    pay: { run: () => null, sideEffect: true, capability: 'money', risk: 'medium' },
    look: { run: () => null, risk: 'high' },
    send: { run: () => null, sideEffect: true },
  };
  const approvals: Readonly<Record<string, readonly [kind: string, approval: object, problem: string | undefined]>> = {
    'the capability of the kind': ['pay', { capability: 'money' }, undefined],
    'nothing of its own': ['pay', {}, undefined],
    'the risk of the kind': ['pay', { risk: 'medium' }, undefined],
    'a higher risk': ['pay', { risk: 'high' }, undefined],
    'a risk where the kind has none': ['send', { risk: 'low' }, undefined],
    'the name of the kind as its capability': ['send', { capability: 'send' }, undefined],
    'a lower risk': [
      'pay',
      { risk: 'low' },
      'its approval has risk "low"; kind "pay" has "medium", which a list can only raise',
    ],
    'a lower risk, of a kind without side effects': [
      'look',
      { risk: 'medium' },
      'its approval has risk "medium"; kind "look" has "high", which a list can only raise',
    ],
    'another capability': [
      'pay',
      { capability: 'look' },
      'its approval asks for capability "look"; kind "pay" requires "money"',
    ],
    'another name': [
      'send',
      { capability: 'read' },
      'its approval asks for capability "read"; kind "send" requires "send"',
    ],
  };
  for (const [what, [kind, approval, problem]] of Object.entries(approvals)) {
    it(`${problem === undefined ? 'are none' : 'are told'} for an approval with ${what}`, () => {
      const document = { tasks: [{ id: 'a', kind, approval }] };
      if (problem === undefined) compileTasks(document, { kinds: careful });
      else assert.deepEqual(problemsOf(document, careful), [`task "a": ${problem}`]);
    });
  }

  it('report at most fifty problems of bounded length, and the number of others', () => {
    const after = (count: number, of: string) => ({
      tasks: [{ id: 'a', kind: 'read', dependsOn: Array.from({ length: count }, (_, i) => `${of}${i}`) }],
    });
    const many: readonly (readonly [unknown, number])[] = [
      [after(9_999, 'x'), 10_000 - 50],
      [{ tasks: Array.from({ length: 20_000 }, () => 1) }, 20_000 - 50],
      [
        { tasks: Array.from({ length: 2_000 }, (_, i) => ({ id: `r${i}`, kind: 'read', dependsOn: [`r${i ^ 1}`] })) },
        1_001 - 50,
      ],
    ];
    for (const [document, more] of many) {
      const problems = problemsOf(document);
      assert.deepEqual(
        { problemCount: problems.length, last: problems.at(-1) },
        { problemCount: 51, last: `and ${more} more problems` },
      );
    }
    assert.equal(problemsOf(after(49, 'x')).length, 50);
    assert.equal(problemsOf(after(50, 'x')).at(-1), 'and 1 more problem');
    for (const length of [10_000, 400_000]) {
      const long = [after(3, 'y'.repeat(length)), { tasks: [{ id: 'a', kind: 'read', ['k'.repeat(length)]: 1 }] }];
      for (const document of long) for (const problem of problemsOf(document)) assert.ok(problem.length <= 301);
    }
  });

  it('name one cycle of any length, once', () => {
    const count = 20_000;
    const tasks = Array.from({ length: count }, (_, i) => ({
      id: `r${i}`,
      kind: 'read',
      dependsOn: [`r${(i + 1) % count}`],
    }));
    const problems = problemsOf({ tasks });
    assert.equal(problems.length, 2);
    assert.match(problems[1] ?? '', /^tasks: "r0", "r1", "r2", /);
  });

  const nested = (levels: number) => JSON.parse(`${'['.repeat(levels)}${']'.repeat(levels)}`) as unknown;
  const shared = Array.from({ length: 40 }).reduce<unknown>((inner) => [inner, inner], 'x');
  for (const [what, inputs] of Object.entries({ 'nested too deeply': nested(4_000), 'that never end': shared })) {
    it(`are refused with inputs ${what}`, () => {
      assert.match(
        problemsOf({ tasks: [{ id: 'a', kind: 'read', inputs }] }).join(),
        /deeper than 32|more than 524288/,
      );
    });
  }

  it('name the tasks of a cycle, not the tasks after it', () => {
    const tasks = [
      { id: 'root', kind: 'read' },
      { id: 'x', kind: 'read', dependsOn: ['root', 'z'] },
      { id: 'y', kind: 'read', dependsOn: ['x'] },
      { id: 'z', kind: 'read', dependsOn: ['y'] },
      { id: 'behind', kind: 'read', dependsOn: ['z'] },
    ];
    assert.deepEqual(problemsOf({ tasks }), ['tasks: "x", "y", "z" wait for each other']);
  });

  const shapes: Record<string, [unknown, RegExp]> = {
    'no object': ['x', /^document: /],
    'no tasks': [{ tasks: [] }, /^tasks: needs at least one task$/],
    'an id with a space': [{ tasks: [{ id: 'a b', kind: 'read' }] }, /^tasks.0.id: is not valid/],
    'an id that JavaScript reserves': [{ tasks: [{ id: 'toString', kind: 'read' }] }, /^tasks.0.id: is reserved/],
    'an unknown field': [{ tasks: [{ id: 'a', kind: 'read', depends_on: [] }] }, /^tasks.0: .*depends_on/],
    'inputs that are no JSON': [
      { tasks: [{ id: 'a', kind: 'read', inputs: () => 1 }] },
      /^document\.tasks\[0\]\.inputs: /,
    ],
    'another onError': [{ tasks: [{ id: 'a', kind: 'read', onError: 'retry' }] }, /^tasks.0.onError: /],
  };
  for (const [what, [document, problem]] of Object.entries(shapes)) {
    it(`are refused with ${what}`, () => {
      const problems = problemsOf(document);
      assert.equal(problems.length, 1);
      assert.match(problems[0] ?? '', problem);
    });
  }
});
