import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { z } from 'zod';
import { defineFlow } from '../../lib/index.ts';

const pass = ({ input }: { input: unknown }) => input;
const yes = () => true;
const untyped = (value: unknown) => value as never;
/** Branches that the types do not allow. */
const loose = (pipe: unknown) =>
  pipe as { elseIf(when: unknown, body: typeof pass): void; else(body: typeof pass): void };

function abc() {
  const flow = defineFlow({ name: 'f', state: { total: z.number() } });
  const child = defineFlow({ name: 'child', state: { lang: z.string() } });
  return { flow, child, a: flow.chunk('a', pass), b: flow.chunk('b', pass), c: flow.chunk('c', pass) };
}

type Setup = ReturnType<typeof abc>;
const errors: Record<string, [RegExp, (setup: Setup) => unknown]> = {
  'a forEach that does nothing': [/body of forEach does nothing/, ({ flow }) => flow.forEach(() => {})],
  'a forEach that returns an outer pipe': [
    /body of forEach must return its own pipe/,
    ({ flow, a }) => flow.forEach(() => flow.to(a)),
  ],
  'going on where nothing flows': [
    /Nothing can follow a forEach/,
    ({ flow, a }) => {
      const nothing: unknown = flow.forEach((item) => {
        item.to(a);
      });
      (nothing as typeof flow).forEach((item) => item.to(a));
    },
  ],
  'a case that ends where nothing flows': [
    /Nothing can follow a forEach|must return its own pipe/,
    ({ flow, a }) => flow.match((m) => m.case(1, (p) => untyped(p.forEach((item) => void item.to(a))))),
  ],
  'a concurrency of 0': [/concurrency of forEach/, ({ flow, a }) => flow.forEach((i) => i.to(a), { concurrency: 0 })],
  'a concurrency of 1.5': [/concurrency of batch of "a"/, ({ flow, a }) => flow.batch([a], { concurrency: 1.5 })],
  'a concurrency of a sub-flow': [
    /concurrency of sub-flow "child"/,
    ({ flow, child }) => flow.subFlow(child, { concurrency: -1 }),
  ],
  'an onItemError that is not there': [
    /onItemError of a forEach is "skip".*"fail" or "collect"/,
    ({ flow, a }) => flow.forEach((i) => i.to(a), untyped({ onItemError: 'skip' })),
  ],
  'a mode of match that is not there': [
    /mode of a match is "any"/,
    ({ flow }) => flow.match((m) => m.case(1, (p) => p), untyped({ mode: 'any' })),
  ],
  'elseIf before an if': [/elseIf must directly follow/, ({ flow }) => loose(flow).elseIf(yes, pass)],
  'else before an if': [/else must directly follow/, ({ flow }) => loose(flow).else(pass)],
  'elseIf behind the else': [
    /elseIf must directly follow/,
    ({ flow }) => loose(flow.if(yes, (p) => p).else((p) => p)).elseIf(yes, pass),
  ],
  'two elses': [/else must directly follow/, ({ flow }) => loose(flow.if(yes, (p) => p).else((p) => p)).else(pass)],
  'an else after what follows': [
    /Other steps already follow this if/,
    ({ flow, a }) => {
      const branching = flow.if(yes, (p) => p);
      branching.to(a);
      branching.else((p) => p);
    },
  ],
  'two continuations of one if': [
    /already has another elseIf|has further branches/,
    ({ flow }) => {
      const branching = flow.if(yes, (p) => p);
      branching.else((p) => p);
      branching.elseIf(yes, (p) => p);
    },
  ],
  'going on behind an if that has an else': [
    /has further branches/,
    ({ flow, a }) => {
      const branching = flow.if(yes, (p) => p);
      branching.else((p) => p);
      branching.to(a);
    },
  ],
  'an if without predicate': [/if takes a predicate function/, ({ flow }) => flow.if(untyped(1), (p) => p)],
  'a state key outside the contract': [
    /"nope" is not declared, so nothing can write it/,
    ({ flow }) => flow.when(untyped({ state: 'nope' })),
  ],
  'a path as state key': [/has a dot/, ({ flow }) => flow.when(untyped({ state: 'total.x' }))],
  'a flowData key with a space': [/flowData key name "a b"/, ({ flow }) => flow.when({ flowData: 'a b' })],
  'a signal and a key of one name': [/"x" twice/, ({ flow }) => flow.when(['x', { flowData: 'x' }])],
  'listening to nonsense': [/cannot listen to 1/, ({ flow }) => flow.when(untyped(1))],
  'a collection that nobody fills': [
    /collection "c", but nothing is collected into it/,
    ({ flow, a }) => {
      flow.when({ collect: 'c' }).to(a);
      return flow.graph;
    },
  ],
  'a join with a collection that nobody fills': [
    /collection "c", but nothing is collected into it/,
    ({ flow, a }) => {
      flow.when(['go', { collect: 'c' }]).to(a);
      return flow.graph;
    },
  ],
  'a join with a chunk that never runs': [
    /"a", but the chunk is not wired/,
    ({ flow, a, b }) => {
      flow.when(['go', a]).to(b);
      return flow.graph;
    },
  ],
  'two modes of one collection': [
    /"c" has mode "update" in another place/,
    ({ flow }) => {
      flow.collect('c', { branch: 'x' });
      flow.when('go').collect('c', { branch: 'y', mode: 'reset' });
    },
  ],
  'two places of one branch': [
    /Two places collect branch "x" of collection "c"/,
    ({ flow }) => {
      flow.collect('c', { branch: 'x' });
      flow.when('go').collect('c', { branch: 'x' });
      return flow.graph;
    },
  ],
  'a collection across scopes': [
    /inside and outside a body of forEach/,
    ({ flow, a }) => {
      flow.collect('c', { branch: 'x' });
      flow.forEach((item) => item.to(a).collect('c', { branch: 'y' }));
      return flow.graph;
    },
  ],
  'a collection that waits for itself': [
    /"a" would follow itself/,
    ({ flow, a }) => flow.to(a).collect('c', { branch: 'x' }).to(a),
  ],
  'a collection without branch': [/branch name undefined/, ({ flow }) => flow.collect('c', untyped({}))],
  'a chunk beside itself': [
    /"a" follows this point on the main path and as a side branch/,
    ({ flow, a }) => {
      flow.to(a);
      flow.sideBranch(a);
    },
  ],
  'a capture into an unknown scope': [
    /"child": capture has no scope "globals"/,
    ({ flow, child }) => flow.subFlow(child, { capture: untyped({ globals: { x: 'value.x' } }) }),
  ],
  'a capture from an unknown scope': [
    /capture.input reads "input.x", which has an unknown scope. Use value, state, flowData/,
    ({ flow, child }) => flow.subFlow(child, { capture: { input: 'input.x' } }),
  ],
  'a capture from an undeclared state key': [
    /capture.input reads the state key "nope"/,
    ({ flow, child }) => flow.subFlow(child, { capture: { input: { x: 'state.nope' } } }),
  ],
  'a capture into an undeclared state key': [
    /capture.state.nope writes the state key "nope", which flow "child" does not declare/,
    ({ flow, child }) => flow.subFlow(child, { capture: { state: { nope: 'value' } } }),
  ],
  'a capture of all state': [
    /capture.input reads all of state/,
    ({ flow, child }) => flow.subFlow(child, { capture: { input: 'state' } }),
  ],
  'a live resource as data': [
    /capture.state.lang reads "resources.db"/,
    ({ flow, child }) => flow.subFlow(child, { capture: { state: { lang: 'resources.db' } } }),
  ],
  'data as a resource': [
    /capture.resources.db reads "value.db"/,
    ({ flow, child }) => flow.subFlow(child, { capture: { resources: { db: 'value.db' } } }),
  ],
  'a write-back into an unknown scope': [
    /writeBack has no scope "result"/,
    ({ flow, child }) => flow.subFlow(child, { writeBack: untyped({ result: 'value' }) }),
  ],
  'a write-back from an unknown scope': [
    /writeBack.value reads "value.x".*Use result, state/,
    ({ flow, child }) => flow.subFlow(child, { writeBack: { value: 'value.x' } }),
  ],
  'a write-back into an undeclared state key': [
    /writeBack.state.nope.x writes the state key "nope", which flow "f" does not declare/,
    ({ flow, child }) => flow.subFlow(child, { writeBack: { state: { 'nope.x': 'result' } } }),
  ],
  'a path with an empty part': [
    /writeBack.value is not a valid path/,
    ({ flow, child }) => flow.subFlow(child, { writeBack: { value: 'result..x' } }),
  ],
  'a sub-flow that is none': [/subFlow\(\) in flow "f" got no flow/, ({ flow }) => flow.subFlow(untyped({}))],
  'a flow in itself': [/"f" contains itself/, ({ flow }) => flow.subFlow(flow)],
  'a flow in its child': [
    /contains itself/,
    ({ flow, child }) => {
      flow.subFlow(child);
      child.subFlow(flow, { capture: { input: 'value' } });
      return flow.graph;
    },
  ],
  'two children of one name at one point': [
    /a different function or sub-flow/,
    ({ flow, child }) => {
      flow.subFlow(child);
      flow.subFlow(defineFlow({ name: 'child' }));
    },
  ],
  'a tap without function': [/tap\(\) got no function/, ({ flow }) => flow.tap(untyped('look'))],
  'two functions of one text in taps': [
    /a different function/,
    ({ flow }) => {
      for (const value of [1, 2]) flow.tap(() => value);
    },
  ],
  'a point without name': [/intervention point name ""/, ({ flow }) => flow.interventionPoint('')],
  'an end of the input': [/end\(\) of flow "f" follows no chunk/, ({ flow }) => flow.end()],
  'an end of an item': [/end\(\) is in a body of forEach/, ({ flow, a }) => flow.forEach((item) => item.to(a).end())],
  'an end of one of several cases': [
    /end\(\) is in a body of match/,
    ({ flow }) =>
      flow.match(
        (m) =>
          m.case(1, (p) => {
            p.end();
            return p;
          }),
        { mode: 'all' },
      ),
  ],
  'a handler of another flow': [
    /"a" belongs to another flow/,
    ({ flow }) => flow.chunk('d', { onError: abc().a }, pass),
  ],
  'an onError that is not there': [
    /onError of chunk "d" is "retry"/,
    ({ flow }) => flow.chunk('d', { onError: untyped('retry') }, pass),
  ],
  'a default handler that is not there': [
    /no chunk "nope"/,
    () => defineFlow({ name: 'f', defaults: { onError: { chunk: 'nope' } } }).graph,
  ],
  'a timeout of 0': [/timeout of chunk "d"/, ({ flow }) => flow.chunk('d', { timeout: 0 }, pass)],
  'an execution concurrency of 0': [
    /concurrency of flow "f"/,
    () => defineFlow({ name: 'f', execution: { concurrency: 0 } }),
  ],
};

describe('definition errors of operators', () => {
  for (const [what, [message, define]] of Object.entries(errors)) {
    it(`refuses ${what}`, () => assert.throws(() => define(abc()), { code: 'definition_invalid', message }));
  }

  it('leaves no partial wiring', () => {
    const { flow, a } = abc();
    assert.throws(() => flow.to(a).to(a));
    assert.throws(() => flow.batch([a], { concurrency: 0 }));
    flow.to(a);
    assert.deepEqual(Object.keys(flow.graph.nodes), ['a']);
  });
});
