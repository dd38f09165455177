import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join, normalize } from 'node:path';
import { before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { build, type Metafile, transform } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));
// Tracked files that still exist: another process may be moving files in the same checkout.
const tracked = execFileSync('git', ['ls-files'], { cwd: root, encoding: 'utf8' })
  .split('\n')
  .filter((path) => path !== '' && existsSync(join(root, path)));
const sources = tracked.filter((path) => /^(lib|functions)\/.*\.tsx?$/.test(path));
const read = (path: string): string => readFileSync(join(root, path), 'utf8');

interface Import {
  readonly from: string;
  /** A file of the repository, or a package. */
  readonly to: string;
  readonly typeOnly: boolean;
}

/** `types` lists where only types may be imported from. Any import that is in neither list is an error. */
interface Rule {
  readonly area: RegExp;
  readonly may: readonly RegExp[];
  readonly types?: readonly RegExp[];
}

/** Whoever likes may use it. */
const DEFINED = /^lib\/defined\.ts$/;
const ERRORS = /^lib\/errors\//;
const JSON_VALUES = /^lib\/flow\/(json|ids)\.ts$/;
const FLOW = /^lib\/flow\//;
const FORMS = /^lib\/forms\//;
const OPTIONS = /^lib\/flow\/options\//;
const ENGINE = /^lib\/engine\//;
const PORTS = /^lib\/ports\//;
const RUNTIME = /^lib\/runtime\//;
const HOST = /^lib\/host\//;
const ADAPTERS = /^lib\/adapters\//;
const NODE = /^node:/;
const SDK = /^@aws-sdk\//;
const ZOD = /^zod$/;
const OTEL = /^@opentelemetry\/api$/;
const LAMBDA_TYPES = /^aws-lambda$/;
const HASH = /^node:crypto$/;

/** `own`: files of the same adapter. */
const driven = (own: RegExp, ...more: RegExp[]): Rule => ({
  area: own,
  may: [own, PORTS, JSON_VALUES, ERRORS, NODE, /^lib\/adapters\/encoding\.ts$/, ...more],
  types: [ENGINE, /^lib\/flow\/authoring\/context\.ts$/],
});

const RULES: readonly Rule[] = [
  { area: DEFINED, may: [] },
  { area: ERRORS, may: [ERRORS] },
  { area: FLOW, may: [FLOW, ERRORS, ZOD, HASH] },
  { area: FORMS, may: [FORMS], types: [JSON_VALUES] },
  { area: ENGINE, may: [ENGINE, FLOW, ERRORS] },
  { area: /^lib\/ports\/wake-queue\.ts$/, may: [ZOD, JSON_VALUES, OPTIONS] },
  { area: PORTS, may: [PORTS, ENGINE], types: [FLOW] },
  { area: /^lib\/runtime\/app\/contracts\/contract\.ts$/, may: [FLOW, ERRORS, ZOD] },
  { area: /^lib\/runtime\/snapshot\/(document|shape)\.ts$/, may: [RUNTIME, ENGINE, FLOW, ZOD] },
  { area: /^lib\/runtime\/chunk\/attempts-channel\.ts$/, may: [/^node:diagnostics_channel$/] },
  { area: RUNTIME, may: [RUNTIME, ENGINE, FLOW, PORTS, ERRORS, HASH], types: [ZOD] },
  driven(/^lib\/adapters\/memory\//),
  driven(/^lib\/adapters\/dynamodb\//, SDK),
  driven(/^lib\/adapters\/webhook\//),
  driven(/^lib\/adapters\/telemetry\//, OTEL),
  driven(/^lib\/adapters\/sqs\//, SDK, ZOD),
  driven(/^lib\/adapters\/s3\//, SDK),
  driven(/^lib\/adapters\/ssm\//, SDK, ZOD),
  driven(/^lib\/adapters\/file-keys\.ts$/, ZOD, /^lib\/adapters\/ssm\/key-document\.ts$/),
  driven(/^lib\/adapters\/(system|encoding)\.ts$/),
  {
    area: /^lib\/adapters\/lambda\//,
    may: [
      /^lib\/adapters\/lambda\//,
      RUNTIME,
      FORMS,
      JSON_VALUES,
      OPTIONS,
      /^lib\/flow\/(mermaid\/mermaid|graph\/contract-json|checks\/definition)\.ts$/,
      ERRORS,
      ZOD,
      NODE,
    ],
    types: [PORTS, LAMBDA_TYPES, FLOW, ENGINE],
  },
  // Suites for authors of stores: they run under node:test, outside any deployment.
  { area: /^lib\/contracts(\.ts$|\/)/, may: [/^lib\/contracts\//, PORTS, NODE], types: [ENGINE, JSON_VALUES] },
  // Runs in a browser: of the rest it knows only forms, and types.
  {
    area: /^lib\/console\//,
    may: [/^lib\/console\//, FORMS, /^react(-dom\/client)?$/, /^@xyflow\/react(\/dist\/base\.css)?$/, /^elkjs\//],
    types: [FLOW, RUNTIME],
  },
  { area: /^lib\/testing\//, may: [RUNTIME, /^lib\/adapters\/memory\//], types: [FLOW, PORTS] },
  { area: HOST, may: [HOST, RUNTIME, ERRORS], types: [ENGINE, FLOW, PORTS] },
  {
    area: /^lib\/(lambda|testing|exchange|host|dynamodb|s3|otel|telemetry)\.ts$/,
    may: [/^lib\/testing\//, RUNTIME, HOST, ADAPTERS, ERRORS, ZOD, NODE],
    types: [PORTS, FLOW, LAMBDA_TYPES, SDK],
  },
  { area: /^lib\/index\.ts$/, may: [FLOW, ERRORS, /^lib\/runtime\/app\/(app|define-app)\.ts$/] },
  { area: /^functions\/flows\//, may: [/^functions\/flows\//, /^lib\/(index|exchange)\.ts$/, ZOD] },
  { area: /^functions\//, may: [/^functions\//, /^lib\/(index|lambda|exchange)\.ts$/] },
];

/** Imports as written. `import type` and lists of only types count as type imports. */
function importsOf(path: string): readonly Import[] {
  const statement = /^(?:import|export)\s+(type\s+)?([^'";]*?)\s*from\s+'([^']+)'|^import\s+'([^']+)'/gm;
  const text = read(path);
  const later = Array.from(text.matchAll(/\bimport\('([^']+)'\)/g), ([, to = '']) => ({
    from: path,
    to: resolve(path, to),
    typeOnly: false,
  }));
  const atOnce = Array.from(text.matchAll(statement), ([, type, names = '', from = '', bare]) => {
    const list = /^\{([^}]*)\}$/.exec(names.trim())?.[1]?.split(',') ?? ['value'];
    const typeOnly = type !== undefined || list.every((name) => name.trim() === '' || /^\s*type\s/.test(name));
    return { from: path, to: resolve(path, bare ?? from), typeOnly: bare === undefined && typeOnly };
  });
  return [...atOnce, ...later];
}

/** As in package.json: an app imports the package by its name. */
function resolve(path: string, specifier: string): string {
  if (specifier === '#app') return 'functions/app.ts';
  const own = /^durable-triggerflow(?:\/(\w+))?$/.exec(specifier);
  if (own) return `lib/${own[1] ?? 'index'}.ts`;
  return specifier.startsWith('.') ? normalize(join(path, '..', specifier)) : specifier;
}

function violations(all: readonly Import[]): readonly string[] {
  return all.flatMap(({ from, to, typeOnly }) => {
    const rule = RULES.find(({ area }) => area.test(from));
    const may = [DEFINED, ...(rule?.may ?? []), ...(typeOnly ? (rule?.types ?? []) : [])];
    return may.some((pattern) => pattern.test(to)) ? [] : [`${from} → ${to}${typeOnly ? ' (type)' : ''}`];
  });
}

/** Rooms of one folder, the lowest first: a file may import values from its own room and from those before it. */
const ORDERS: Readonly<Record<string, readonly RegExp[]>> = {
  engine: [
    /^lib\/engine\/(head|frame-rows|outbox-rows|events|lookups|options|origin|moves|transition)\.ts$/,
    /^lib\/engine\/history\//,
    /^lib\/engine\/values\//,
    /^lib\/engine\/frames\//,
    /^lib\/engine\/limits\//,
    /^lib\/engine\/outside\//,
    /^lib\/engine\/work\//,
    /^lib\/engine\/operators\//,
    /^lib\/engine\/running\//,
    /^lib\/engine\/time\//,
    /^lib\/engine\/(wiring|reduce)\.ts$/,
  ],
  flow: [
    /^lib\/flow\/pipe\//,
    /^lib\/flow\/(json|ids)\.ts$/,
    ...['checks', 'options', 'wiring', 'operators', 'mermaid', 'graph', 'authoring', 'document', 'tasks'].map(
      (room) => new RegExp(`^lib/flow/${room}/`),
    ),
  ],
  runtime: [
    'app',
    'history',
    'commit',
    'reads',
    'shared',
    'removal',
    'chunk',
    'snapshot',
    'view',
    'bulk',
    'client',
    'worker',
  ].map((room) => new RegExp(`^lib/runtime/${room}/`)),
};

function upward(all: readonly Import[], rooms: readonly RegExp[]): readonly string[] {
  const roomOf = (path: string): number => rooms.findIndex((room) => room.test(path));
  return all.flatMap(({ from, to }) => (roomOf(to) > roomOf(from) && roomOf(from) >= 0 ? [`${from} → ${to}`] : []));
}

/**
 * Files that import each other in a circle. Files without imports or importers among the rest are removed repeatedly; the circle
 * remains.
 */
function inCircles(all: readonly Import[]): readonly string[] {
  let edges = all;
  for (let before = -1; before !== edges.length; ) {
    before = edges.length;
    const [importers, imported] = [new Set(edges.map(({ from }) => from)), new Set(edges.map(({ to }) => to))];
    edges = edges.filter(({ from, to }) => importers.has(to) && imported.has(from));
  }
  return [...new Set(edges.map(({ from }) => from))].sort();
}

describe('dependencies', () => {
  let bundled: Metafile;
  before(async () => {
    const options = { bundle: true, packages: 'external', format: 'esm', platform: 'node', metafile: true } as const;
    const loader = { '.css': 'empty' } as const;
    const made = await build({
      ...options,
      loader,
      jsx: 'preserve',
      absWorkingDir: root,
      entryPoints: sources,
      write: false,
      outdir: 'none',
    });
    bundled = made.metafile;
  });

  const kept = (): readonly Import[] =>
    Object.entries(bundled.inputs).flatMap(([from, { imports }]) =>
      imports.map(({ path, external }) => ({
        from,
        to: external ? resolve(from, path) : normalize(path),
        typeOnly: false,
      })),
    );

  it("point one way in the bundler's module graph", () => {
    assert.ok(kept().length > 100, `only ${kept().length} imports found`);
    assert.deepEqual(violations(kept()), []);
  });

  it('point one way, type imports included', () => {
    const all = sources.flatMap(importsOf);
    assert.ok(all.length > kept().length, `${all.length} written, ${kept().length} bundled`);
    assert.deepEqual(violations(all), []);
  });

  it('as written equal those that are bundled, apart from types', () => {
    const written = new Set(sources.flatMap(importsOf).map(({ from, to }) => `${from} → ${to}`));
    const missed = kept().map(({ from, to }) => `${from} → ${to}`);
    assert.deepEqual(
      missed.filter((edge) => !written.has(edge)),
      [],
      'imports that the scan misses',
    );
  });

  it('of values make no circle', () => {
    assert.deepEqual(inCircles(kept()), []);
    const circle = ['a', 'b', 'c'].map((from, i, all) => ({ from, to: all[(i + 1) % 3] ?? '', typeOnly: false }));
    assert.deepEqual(inCircles([...circle, { from: 'c', to: 'd', typeOnly: false }]), ['a', 'b', 'c']);
  });

  for (const [folder, rooms] of Object.entries(ORDERS)) {
    it(`of values point one way between the rooms of ${folder}`, () => {
      const files = sources.filter((path) => path.startsWith(`lib/${folder}/`));
      assert.deepEqual(
        files.filter((path) => !rooms.some((room) => room.test(path))),
        [],
        'files without a room',
      );
      assert.deepEqual(upward(kept(), rooms), []);
      const [low = '', high = ''] = [rooms[0], rooms.at(-1)].map((room) => files.find((path) => room?.test(path)));
      assert.equal(
        upward([{ from: low, to: high, typeOnly: false }], rooms).length,
        1,
        'a forbidden import is reported',
      );
    });
  }

  it('keep schemas out of the engine, transitively', () => {
    const edges = kept();
    const reached = new Set(sources.filter((path) => ENGINE.test(path)));
    for (const from of reached) for (const edge of edges) if (edge.from === from) reached.add(edge.to);
    assert.ok(reached.has('lib/flow/graph/graph.ts'), [...reached].join(' '));
    assert.ok(!reached.has('zod'), [...reached].join(' '));
  });

  it('are known for every source file', () => {
    assert.deepEqual(
      sources.filter((path) => !RULES.some(({ area }) => area.test(path))),
      [],
    );
  });

  it('are reported when they point the wrong way', () => {
    const wrong: readonly Import[] = [
      { from: 'lib/engine/reduce.ts', to: 'lib/runtime/commit/commit.ts', typeOnly: false },
      { from: 'lib/ports/ports.ts', to: 'lib/flow/json.ts', typeOnly: false },
      { from: 'lib/runtime/worker/worker.ts', to: 'zod', typeOnly: false },
      { from: 'lib/runtime/worker/worker.ts', to: '@aws-sdk/client-sqs', typeOnly: true },
      { from: 'lib/adapters/memory/queue.ts', to: 'lib/engine/reduce.ts', typeOnly: false },
      { from: 'lib/adapters/dynamodb/client.ts', to: 'lib/adapters/sqs/client.ts', typeOnly: false },
      { from: 'lib/flow/json.ts', to: 'node:fs', typeOnly: false },
    ];
    assert.equal(violations(wrong).length, wrong.length);
  });
});

describe('engine and flow', () => {
  const impure =
    /\b(Date|process|async|await|Promise|performance|globalThis|set(Timeout|Interval|Immediate)|random\w*)\b/;

  /** The code without types, comments and strings. */
  async function bare(path: string): Promise<string> {
    const options = { loader: 'ts', target: 'es2022', supported: { 'template-literal': false } } as const;
    const { code } = await transform(read(path), options);
    return code.replaceAll(/\/\*[\s\S]*?\*\//g, '').replaceAll(/"(?:[^"\\]|\\.)*"/g, '""');
  }

  it('use no clock, randomness, process or asynchronous code', async () => {
    const paths = sources.filter((path) => FLOW.test(path) || ENGINE.test(path));
    assert.ok(paths.length > 20);
    for (const path of paths) assert.doesNotMatch(await bare(path), impure, path);
    assert.match(await bare('lib/adapters/system.ts'), impure, 'the scan finds a clock');
  });

  it('have only types in pipe', async () => {
    const paths = sources.filter((path) => path.startsWith('lib/flow/pipe/'));
    assert.ok(paths.length > 0);
    for (const path of paths) assert.equal(await bare(path), '', path);
    assert.notEqual(await bare('lib/flow/ids.ts'), '', 'a file with values is seen');
  });

  it('import only hashes from node:crypto', () => {
    for (const path of sources.filter((each) => FLOW.test(each) || ENGINE.test(each) || RUNTIME.test(each))) {
      const [, names] = /import \{([^}]*)\} from 'node:crypto'/.exec(read(path)) ?? [];
      for (const name of names?.split(',') ?? []) {
        assert.match(name.trim(), /^(createHash|hash|createHmac|timingSafeEqual)?$/, path);
      }
    }
  });
});

describe('the repository', () => {
  it('has at most 15 files in a folder, apart from documents and recorded cases', () => {
    const folders = tracked
      .filter((path) => /^(lib|infra|functions|test)\//.test(path) && !/\.md$|^test\/golden\/cases\//.test(path))
      .map((path) => path.slice(0, path.lastIndexOf('/')));
    const full = [...new Set(folders)].filter((folder) => folders.filter((each) => each === folder).length > 15);
    assert.ok(folders.length > 500, `only ${folders.length} files`);
    assert.deepEqual(full, []);
  });

  it('has no file over 400 lines', () => {
    const files = tracked.filter((path) => /^(lib|functions|infra|test)\/.*\.(tsx?|yml)$/.test(path));
    assert.ok(files.length > 100);
    const long = files.filter((path) => read(path).split('\n').length > 401);
    assert.deepEqual(long, []);
  });

  it('has only the agreed top-level entries', () => {
    const allowed = ['LICENSE', 'README.md', 'functions', 'infra', 'lib', 'package-lock.json', 'package.json'];
    const entries = new Set(tracked.map((path) => path.split('/')[0] ?? ''));
    const visible = [...entries].filter((entry) => !entry.startsWith('.')).sort();
    assert.deepEqual(visible, [...allowed, 'serverless.yml', 'test', 'tsconfig.json'].sort());
  });
});
