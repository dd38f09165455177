/** The tables of the documents have the rows that the code has, and no other. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parse } from 'yaml';
import { SETTINGS } from '../../infra/deploy/settings.ts';
import { MAX_BODY_BYTES } from '../../lib/adapters/lambda/http/body.ts';
import { MAX_ANSWER_BYTES, PROBLEMS } from '../../lib/adapters/lambda/http/respond.ts';
import { OPTIONS } from '../../lib/flow/options/execution.ts';
import { pauseOptions } from '../../lib/flow/options/pauses.ts';
import { MAX_ARTIFACT_BYTES } from '../../lib/ports/artifact-store.ts';
import { MAX_ROW_BYTES, MAX_VALUE_BYTES } from '../../lib/ports/value-store.ts';
import { DEFAULTS } from '../../lib/runtime/app/parameters.ts';
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
    new RegExp(`^(?:export )?(?:interface|class) ${name}\\b[^\\n]*\\{\\n([\\s\\S]*?)^\\}`, 'm').exec(text) ?? [];
  const names = Array.from(body.matchAll(/^ {4}(?:readonly |get )?(\w+)\??[(<:]/gm), ([, member = '']) => member);
  assert.ok(names.length > 0, `there is no ${name} in the report of ${report}`);
  return [...new Set(names)].filter((member) => member !== 'constructor');
}

/** The first word of each row's name: `start(flow, input)` is `start`. */
const rowsOf = (heading: string) => namesIn(tableOf(REFERENCE, heading)).map((name) => /^\w+/.exec(name)?.[0] ?? name);

function same(documented: readonly string[], coded: readonly string[]): void {
  assert.deepEqual(documented.toSorted(), coded.toSorted());
}

describe('the reference', () => {
  it('has every route with its permission', () => {
    const routes = Array.from(
      read('infra/service.yml').matchAll(
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

  it('has every member of client, host, handle, test kit and context', () => {
    same(rowsOf('Client'), membersOf('testing', 'Client'));
    same(rowsOf('Host'), [...membersOf('host', 'Host'), ...membersOf('host', 'InProcessHost')]);
    same(rowsOf('Handle'), membersOf('host', 'Execution'));
    same(rowsOf('Test kit'), membersOf('testing', 'Testkit'));
    same(rowsOf('Kit options'), membersOf('testing', 'TestkitOptions'));
    same(rowsOf('Chunk context'), membersOf('index', 'ChunkContext'));
    same(rowsOf('Operators'), membersOf('index', 'Pipe'));
  });

  it('has every option', () => {
    const options = Object.entries(OPTIONS);
    const namesOf = (inFlow: boolean) => options.filter(([, row]) => 'inFlow' in row === inFlow).map(([name]) => name);
    const [, retry = ''] = /^const retry = \{([\s\S]*?)^\};/m.exec(read('lib/flow/options/policies.ts')) ?? [];
    same(rowsOf('Flow options'), membersOf('index', 'FlowSpec'));
    same(rowsOf('Execution options'), namesOf(true));
    same(rowsOf('Start options'), ['id', 'attributes', 'startedBy', ...namesOf(false)]);
    same(rowsOf('Chunk options'), membersOf('index', 'ChunkOptions'));
    same(
      rowsOf('Retry policy'),
      Array.from(retry.matchAll(/^ {2}(\w+):/gm), ([, name = '']) => name),
    );
    same(rowsOf('Pause options'), Object.keys(pauseOptions.shape));
    same(rowsOf('App options'), membersOf('index', 'App'));
  });

  it('has every entry', () => {
    const entries = Object.keys(exports).map((path) => path.replace('.', 'durable-triggerflow'));
    same(namesIn(tableOf(REFERENCE, 'Entries')), entries);
  });
});

describe('infra/README.md', () => {
  const settings = parse(read('infra/settings.yml')) as Record<string, unknown>;

  it('has every setting with its default', () => {
    same(Object.keys(SETTINGS), Object.keys(settings));
    const rows = tableOf('infra/README.md', 'Settings').map(([name = '', value = '']) =>
      `${name} ${value}`.replaceAll('`', ''),
    );
    const shown = (value: unknown) => (value === null || value === '' ? 'empty' : String(value));
    same(
      rows,
      Object.entries(settings).map(([name, value]) => `${name} ${shown(value)}`),
    );
  });

  it('has the limits of the code', () => {
    const limits = new Map(tableOf('infra/README.md', 'Limits').map(([subject = '', limit = '']) => [subject, limit]));
    const KB = 1_024;
    const DAY = 24 * 3_600_000;
    const stated: readonly (readonly [subject: string, limit: string])[] = [
      ['active part of an execution', `${DEFAULTS.headBytes / KB} KB`],
      ['one value', `${MAX_VALUE_BYTES / KB / KB} MB`],
      ['stream item, payload of a wait, shared data of a flow', `${MAX_ROW_BYTES / KB} KB`],
      ['one file of the workspace', `${MAX_ARTIFACT_BYTES / KB / KB} MB`],
      ['request body', `${MAX_BODY_BYTES / KB} KB`],
      ['HTTP answer', `${MAX_ANSWER_BYTES / 1_000_000} MB`],
      ['callback URL', `${DEFAULTS.tokenLife / DAY} days`],
    ];
    for (const [subject, limit] of stated) {
      assert.ok(limits.get(subject)?.includes(limit), `${subject}: ${limits.get(subject)}, not ${limit}`);
    }
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

describe('CONTRIBUTING and lib/README.md', () => {
  const cells = (path: string, heading: string) =>
    tableOf(path, heading).flatMap(([cell = '']) => Array.from(cell.matchAll(/`([^`]+)`/g), ([, name = '']) => name));

  it('have every script and every dependency', () => {
    same(cells('.github/CONTRIBUTING.md', 'Scripts'), Object.keys(scripts));
    same(cells('.github/CONTRIBUTING.md', 'Dependencies for development'), Object.keys(devDependencies));
    same(cells('lib/README.md', 'Dependencies at run time'), Object.keys(dependencies));
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
