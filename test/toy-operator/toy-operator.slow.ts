/**
 * A new kind of operator is two files and two rows: a copy of `lib` with `repeat` in it compiles, and runs, exports, imports and
 * draws a flow that repeats. With one of the four left out it does not compile.
 */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../', import.meta.url));
const files = fileURLToPath(new URL('files/', import.meta.url));

/** The compiler's error when one part is missing. */
const PARTS = {
  'the file of the flow': /flow\/operators\/table\.ts.* Cannot find module '\.\/repeat\.ts'/,
  'the row of the flow': /engine\/operators\/table\.ts.* 'repeat' does not exist in type 'Operators'/,
  'the file of the engine': /engine\/operators\/table\.ts.* Cannot find module '\.\/repeat\.ts'/,
  'the row of the engine': /engine\/operators\/table\.ts.* Property 'repeat' is missing/,
};
type Part = keyof typeof PARTS;

/** Adds the operator to the library in a folder, but for one part. */
async function add(folder: string, without?: Part): Promise<void> {
  const flow = join(folder, 'lib/flow/operators');
  const engine = join(folder, 'lib/engine/operators');
  const ways: Record<Part, () => Promise<void>> = {
    'the file of the flow': () => cp(join(files, 'flow-operator.ts'), join(flow, 'repeat.ts')),
    'the row of the flow': () => addRow(join(flow, 'table.ts')),
    'the file of the engine': () => cp(join(files, 'engine-operator.ts'), join(engine, 'repeat.ts')),
    'the row of the engine': () => addRow(join(engine, 'table.ts')),
  };
  for (const [part, put] of Object.entries(ways)) if (part !== without) await put();
}

/** The row and its import, beside those of `tap`. */
async function addRow(table: string): Promise<void> {
  const text = await readFile(table, 'utf8');
  const changed = text
    .replace("import { tap } from './tap.ts';", "import { repeat } from './repeat.ts';\n$&")
    .replace(/^(export )?const OPERATORS[^{]*\{/m, '$& repeat,');
  assert.equal(changed.length - text.length, "import { repeat } from './repeat.ts';\n repeat,".length);
  await writeFile(table, changed);
}

async function makeFolder(without?: Part): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'toy-'));
  await cp(join(root, 'lib'), join(folder, 'lib'), { recursive: true });
  for (const file of ['package.json', 'tsconfig.json']) await cp(join(root, file), join(folder, file));
  await symlink(join(root, 'node_modules'), join(folder, 'node_modules'));
  await add(folder, without);
  return folder;
}

const COMPILER = ['node_modules/typescript/bin/tsc', '-p', '.'];

interface Ended {
  readonly code: unknown;
  readonly text: string;
}

function run(folder: string, command: readonly string[]): Promise<Ended> {
  return new Promise((resolve) =>
    execFile(process.execPath, command, { cwd: folder }, (error, out, problems) =>
      resolve({ code: error?.code ?? 0, text: out + problems }),
    ),
  );
}

describe('a new operator', () => {
  let folder: string;
  before(async () => {
    folder = await makeFolder();
    await mkdir(join(folder, 'test'));
    await cp(join(files, 'run.ts'), join(folder, 'test/run.ts'));
  });
  after(() => rm(folder, { recursive: true }));

  it('compiles with its two files and two rows', async () => {
    assert.deepEqual(await run(folder, COMPILER), { code: 0, text: '' });
  });

  it('runs, exports, imports and is drawn', async () => {
    const { code, text } = await run(folder, ['--import', 'tsx', 'test/run.ts']);
    assert.equal(code, 0, text);
    const result = { status: 'completed', seen: ['x', 'x', 'x'] };
    assert.deepEqual(JSON.parse(text), {
      node: { kind: 'repeat', times: 3, out: [{ node: 'count' }] },
      isSame: true,
      wired: result,
      imported: result,
      drawing: `flowchart TD
  n0["count"]
  n1["first"]
  n2[/"repeat: 3"/]
  n3(["start"])
  n3 --> n1
  n1 --> n2
  n2 --> n0
`,
      problem: 'The flow cannot be imported.\n- graph.nodes.first>repeat.times: use a whole number of at least 1',
    });
  });

  for (const [part, message] of Object.entries(PARTS)) {
    it(`does not compile without ${part}`, async () => {
      const lacking = await makeFolder(part as Part);
      try {
        const { code, text } = await run(lacking, COMPILER);
        assert.notEqual(code, 0);
        assert.match(text, message);
      } finally {
        await rm(lacking, { recursive: true });
      }
    });
  }
});
