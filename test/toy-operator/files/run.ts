/** Wires a flow that repeats, takes it through its document, runs both and draws it. Prints what came of it. */
import { attach } from '../lib/flow/authoring/steps.ts';
import { Position } from '../lib/flow/wiring/position.ts';
import { type AnyFlow, defineApp, defineFlow, exportFlow, importFlow, toMermaid } from '../lib/index.ts';
import { createTestkit } from '../lib/testing.ts';

function pass({ input }: { readonly input: unknown }): unknown {
  return input;
}

interface Counting {
  readonly input: unknown;
  readonly state: { append(key: string, value: unknown): Promise<void> };
}

async function count({ input, state }: Counting): Promise<void> {
  await state.append('seen', input);
}

/** As a method of `Cursor` would do it. */
function repeat<P>(pipe: P, times: number): P {
  if (!(pipe instanceof Position)) throw new Error('no position');
  return pipe.moveTo(attach(pipe.point, { kind: 'repeat', times }).next) as P & Position;
}

function makeFlow(): AnyFlow {
  const flow = defineFlow({ name: 'again' });
  repeat(flow.to('first', pass), 3).to('count', count);
  return flow;
}

async function run(flow: AnyFlow): Promise<unknown> {
  const kit = createTestkit(defineApp({ flows: [flow], resources: {} }));
  const { executionId } = await kit.client.start(flow.name, 'x');
  await kit.drain();
  const view = await kit.client.get(executionId);
  return { status: view?.status, seen: view?.state?.seen };
}

const flow = makeFlow();
const document = exportFlow(flow);
const imported = importFlow(JSON.parse(JSON.stringify(document)), { chunks: { first: pass, count } });
const refused = {
  ...document,
  graph: {
    ...document.graph,
    nodes: { ...document.graph.nodes, 'first>repeat': { kind: 'repeat', times: 0, out: [] } },
  },
};
let problem: unknown;
try {
  importFlow(refused, { chunks: { first: pass, count } });
} catch (error) {
  problem = error instanceof Error ? error.message : error;
}

process.stdout.write(
  JSON.stringify({
    node: document.graph.nodes['first>repeat'],
    isSame: imported.fingerprint === flow.fingerprint,
    wired: await run(flow),
    imported: await run(imported),
    drawing: toMermaid(flow),
    problem,
  }),
);
