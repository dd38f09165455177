/** The tables of the documents have the rows that the code has, and no other. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parse } from 'yaml';
import { SETTINGS } from '../../infra/settings.ts';
import { PROBLEMS } from '../../lib/adapters/lambda/http/respond.ts';
import { fencesOf, namesIn, proseOf, read, tableOf } from './markdown.ts';
import { DOCUMENTS } from './snippets.ts';

const REFERENCE = 'lib/REFERENCE.md';
const { scripts, exports, dependencies, devDependencies } = JSON.parse(read('package.json')) as Readonly<
  Record<'scripts' | 'exports' | 'dependencies' | 'devDependencies', object>
>;

/** Members of an interface, as the API reports have them. */
function membersOf(report: string, name: string): string[] {
  const text = read(`test/api/reports/${report}.api.md`);
  const [, body = ''] =
    new RegExp(`^(?:export )?interface ${name}\\b[^\\n]*\\{\\n([\\s\\S]*?)^\\}`, 'm').exec(text) ?? [];
  const names = Array.from(body.matchAll(/^ {4}(?:readonly )?(\w+)\??[(<:]/gm), ([, member = '']) => member);
  assert.ok(names.length > 0, `there is no ${name} in the report of ${report}`);
  return [...new Set(names)];
}

/** The first word of each row's name: `start(flow, input)` is `start`. */
const rowsOf = (heading: string) => namesIn(tableOf(REFERENCE, heading)).map((name) => /^\w+/.exec(name)?.[0] ?? name);

function same(documented: readonly string[], coded: readonly string[]): void {
  assert.deepEqual(documented.toSorted(), coded.toSorted());
}

describe('the reference', () => {
  it('has every route with its permission', () => {
    const routes = Array.from(
      read('serverless.yml').matchAll(
        /httpApi: \{ method: (\w+), path: "?([^",]+?)"?(?:, authorizer: "\$\{self:custom\.(\w+)\}")? \}/g,
      ),
      ([, method, path, permission = 'link']) => `${method} ${path} ${permission}`,
    );
    assert.ok(routes.length > 20);
    const rows = tableOf(REFERENCE, 'Routes').map(([route = '', permission = '']) => `${route} ${permission}`);
    same(
      rows.map((row) => row.replaceAll('`', '')),
      routes,
    );
  });

  it('has every code with its status', () => {
    const rows = tableOf(REFERENCE, 'Codes').map(([code = '', status]) => `${code.replaceAll('`', '')} ${status}`);
    same(
      rows,
      Object.entries(PROBLEMS).map(([code, { status }]) => `${code} ${status}`),
    );
  });

  it('has every failure that the engine makes', () => {
    const [, list = ''] = /FAILURES: readonly string\[\] = \[([^\]]*)\]/.exec(read('lib/errors/errors.ts')) ?? [];
    const codes = Array.from(list.matchAll(/'(\w+)'/g), ([, code = '']) => code);
    assert.ok(codes.length > 3);
    // An item's failure: it never fails the execution by itself, so it is never logged.
    same(namesIn(tableOf(REFERENCE, 'Failures')), [...codes, 'no_output']);
  });

  it('has every member of the client and of the context', () => {
    same(rowsOf('Client'), membersOf('testing', 'Client'));
    same(rowsOf('Chunk context'), membersOf('index', 'ChunkContext'));
    same(rowsOf('Operators'), membersOf('index', 'Pipe'));
  });

  it('has every option', () => {
    same(rowsOf('Flow options'), membersOf('index', 'FlowSpec'));
    same(rowsOf('Execution options'), membersOf('index', 'ExecutionDefaults'));
    same(rowsOf('Start options'), membersOf('testing', 'StartOptions'));
    same(rowsOf('Chunk options'), membersOf('index', 'ChunkOptions'));
    same(rowsOf('Retry policy'), membersOf('index', 'RetryPolicy'));
    same(rowsOf('Pause options'), [...membersOf('index', 'Wait'), ...membersOf('index', 'PauseOptions')]);
    same(rowsOf('App options'), membersOf('index', 'App'));
  });

  it('has every entry', () => {
    const entries = Object.keys(exports).map((path) => path.replace('.', 'durable-triggerflow'));
    same(namesIn(tableOf(REFERENCE, 'Entries')), entries);
  });
});

describe('infra/README.md', () => {
  const service = parse(read('serverless.yml').replaceAll(/!(\w+)/g, '')) as {
    params: { default: Record<string, unknown> };
  };

  it('has every setting with its default', () => {
    same(Object.keys(SETTINGS), Object.keys(service.params.default));
    const rows = tableOf('infra/README.md', 'Settings').map(([name = '', value = '']) =>
      `${name} ${value}`.replaceAll('`', ''),
    );
    const shown = (value: unknown) => (value === null || value === '' ? 'empty' : String(value));
    same(
      rows,
      Object.entries(service.params.default).map(([name, value]) => `${name} ${shown(value)}`),
    );
  });

  it('has every alarm', () => {
    const alarms = Array.from(read('infra/alarms.yml').matchAll(/^ {2}(\w+)Alarm:$/gm), ([, name = '']) => name);
    assert.ok(alarms.length > 10);
    const rows = tableOf('infra/README.md', 'Alarms').flatMap(([cell = '']) =>
      Array.from(cell.matchAll(/`(\w+)`/g), ([, name = '']) => name),
    );
    same(rows, alarms);
  });
});

describe('CONTRIBUTING', () => {
  const cells = (heading: string) =>
    tableOf('.github/CONTRIBUTING.md', heading).flatMap(([cell = '']) =>
      Array.from(cell.matchAll(/`([^`]+)`/g), ([, name = '']) => name),
    );

  it('has every script and every dependency', () => {
    same(cells('Scripts'), Object.keys(scripts));
    same(cells('Dependencies'), Object.keys({ ...dependencies, ...devDependencies }));
  });
});

describe('documents', () => {
  it('name scripts and settings that exist', () => {
    for (const path of DOCUMENTS) {
      const text = [...fencesOf(path).map(({ code }) => code), proseOf(path)].join('\n');
      const run = Array.from(text.matchAll(/\bnpm run (?:-s )?([\w:-]+)/g), ([, name = '']) => name);
      const short = Array.from(text.matchAll(/\bnpm (start|test)\b/g), ([, name = '']) => name);
      assert.deepEqual(
        [...run, ...short].filter((name) => !Object.hasOwn(scripts, name)),
        [],
        path,
      );
      const params = Array.from(text.matchAll(/--param (\w+)=/g), ([, name = '']) => name);
      assert.deepEqual(
        params.filter((name) => name !== 'name' && !Object.hasOwn(SETTINGS, name)),
        [],
        path,
      );
    }
  });

  it('of the README has at most 150 lines, and a row with money has the command that makes it', () => {
    assert.ok(read('README.md').split('\n').length <= 151);
    const money = read('README.md')
      .split('\n')
      .filter((line) => line.startsWith('|') && line.includes('USD'));
    assert.ok(money.length > 0);
    assert.deepEqual(
      money.filter((line) => !/`npm run -s bench -- [\w -]+`/.test(line)),
      [],
    );
  });
});
