import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { defineFlow, toMermaid } from '../../lib/index.ts';

const pass = ({ input }: { input: unknown }) => input;
const isLarge = () => true;

function makeFlow(reversed = false) {
  const child = defineFlow({ name: 'child' });
  child.to('inner', pass).end();
  const flow = defineFlow({ name: 'f' });
  const a = flow.chunk('a', pass);
  const b = flow.chunk('b', pass);
  const chains = [
    () =>
      flow
        .to(a)
        .batch([a, b])
        .match((m) =>
          m.case({ a: '<y>', b: 1 }, (p) => p.forEach((item) => item.to(b))).case(isLarge, (p) => p.subFlow(child)),
        ),
    () =>
      flow
        .when(['go', { state: 's' }])
        .sideBranch(b)
        .collect('c', { branch: 'x' }),
  ];
  for (const chain of reversed ? chains.reverse() : chains) chain();
  return flow;
}

describe('toMermaid', () => {
  it('draws chunks, sources and whole operators', () => {
    assert.equal(
      toMermaid(makeFlow()),
      `flowchart TD
  n0["a"]
  n1[/"batch: a, b"/]
  n2{"match"}
  n3["b"]
  n4{{"and"}}
  n5{{"collect c"}}
  n6(["start"])
  n7(["go"])
  n8(["state s"])
  n6 --> n0
  n7 -->|"go"| n4
  n8 -->|"s"| n4
  n0 --> n1
  n1 --> n2
  n4 -->|"x"| n5
  n4 -.->|"side"| n3
`,
    );
  });

  it('draws bodies and sub-flows in detail', () => {
    assert.equal(
      toMermaid(makeFlow(), { mode: 'detailed' }),
      `flowchart TD
  n0["a"]
  subgraph n1["batch"]
    n2[/"batch"/]
    n3["a"]
    n4["b"]
  end
  subgraph n5["match"]
    n6{"match"}
    subgraph n7["for each"]
      n8[/"for each"/]
      n9["b"]
    end
    subgraph n10["child"]
      n11[["child"]]
      n12["inner"]
      n13(["start"])
      n14((("result")))
    end
  end
  n15["b"]
  n16{{"and"}}
  n17{{"collect c"}}
  n18(["start"])
  n19(["go"])
  n20(["state s"])
  n13 --> n12
  n12 --> n14
  n18 --> n0
  n19 -->|"go"| n16
  n20 -->|"s"| n16
  n0 --> n2
  n2 --> n3
  n2 --> n4
  n2 --> n6
  n3 -.->|"a done"| n2
  n4 -.->|"b done"| n2
  n6 -->|"#123;#34;a#34;:#34;#60;y#62;#34;,#34;b#34;:1#125;"| n8
  n6 -->|"case 1"| n11
  n8 -->|"each"| n9
  n8 -.->|"0 done"| n6
  n9 -.->|"item done"| n8
  n11 -.->|"1 done"| n6
  n16 -->|"x"| n17
  n16 -.->|"side"| n15
`,
    );
  });

  it('does not depend on the order of statements', () => {
    for (const mode of ['simplified', 'detailed'] as const) {
      assert.equal(toMermaid(makeFlow(true), { mode }), toMermaid(makeFlow(), { mode }));
    }
  });

  it('draws continuations that leave operator bodies', () => {
    const flow = defineFlow({ name: 'f' });
    flow
      .if(isLarge, (p) => p.collect('all', { branch: 'large' }))
      .else((p) => p.collect('all', { branch: 'small' }).to('last', pass))
      .to('next', pass);
    flow.when('list').forEach((item) => {
      item.collect('each', { branch: 'item' });
    });
    assert.equal(
      toMermaid(flow),
      `flowchart TD
  n0{"match"}
  n1["next"]
  n2[/"for each"/]
  n3{{"collect all"}}
  n4{{"collect each"}}
  n5(["start"])
  n6(["list"])
  n3 -.-> n0
  n3 --> n0
  n5 --> n0
  n6 --> n2
  n0 -->|"large"| n3
  n0 -->|"small"| n3
  n0 --> n1
  n2 -->|"item"| n4
`,
    );
  });

  it('draws error handlers', () => {
    const flow = defineFlow({ name: 'f' });
    const rescue = flow.chunk('rescue', pass);
    flow.to(flow.chunk('risky', { onError: rescue }, pass));
    assert.match(toMermaid(flow), /n1 -\.->\|"error"\| n0/);
  });
});
