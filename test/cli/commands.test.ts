/** The commands as a person or a script types them, against the service of `npm start`. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { EXIT } from '../../infra/cli/problems.ts';
import { TABLE } from '../../infra/cli/table/table.ts';
import { openTrial, REFUND, type Trial } from './support.ts';

let trial: Trial;
let cli: Trial['cli'];
let service: Trial['service'];
let prepare: Trial['prepare'];

before(async () => {
  trial = await openTrial();
  ({ cli, service, prepare } = trial);
});
after(() => trial?.close());

describe('a person', () => {
  it('starts a refund, looks, approves, and reads the end', async () => {
    const started = await cli.run(`start refund-approval --id P-1 --input '${JSON.stringify(REFUND)}'`);
    assert.match(started.out, /^Started refund-approval as P-1, which is running\. Look: \S.* show P-1\n$/);
    await service.reach('P-1', 'waiting');
    const shown = await cli.run('show P-1');
    assert.match(shown.out, /^execution +P-1\nflow +refund-approval\nstatus +waiting\nstarted +.*\nwaits +/);
    assert.match(shown.out, /"Refund 500\.00 for ticket T-1\?"/);
    assert.match((await cli.run('approvals')).out, /\nP-1 +\S+ +approval +.*Refund 500\.00 for ticket T-1\?\n/);
    const answered = await cli.run(`answer P-1 --value '{"approved":true}' --actor bob`);
    assert.match(answered.out, /^P-1 has the answer to \S+\.\n$/);
    await service.reach('P-1', 'completed');
    assert.match((await cli.run('show P-1')).out, /\nstatus +completed\n[\s\S]*\nresult +.*"approved": ?true/);
    const { out } = await cli.run('history P-1 --follow');
    for (const [type, chunk] of [
      ['attempt_succeeded', 'normalize'],
      ['waiting', 'askManager'],
      ['attempt_succeeded', 'settle'],
    ]) {
      assert.match(out, new RegExp(`^\\S+  ${type} +${chunk} `, 'm'));
    }
    assert.match(out, /^\S+ {2}answered .*by bob/m);
    assert.match(out, /^\S+ {2}closed +completed\n$/m);
    assert.match((await cli.run('stream P-1 --follow')).out, /^\d+ notify {2}\{"notice":/m);
  });

  it('finds what has failed, and why', async () => {
    await prepare.failed('P-2');
    assert.match((await cli.run('list --status failed')).out, /^P-2 +failing +failed .*the card of ann was refused$/m);
    assert.match((await cli.run('show P-2')).out, /^error +charge: the card of ann was refused$/m);
    const redriven = await cli.run('redrive P-2');
    assert.equal(redriven.out, 'P-2 tries again what had failed.\n');
  });

  it('redrives many: sees them, then acts on exactly those', async () => {
    for (const id of ['B-1', 'B-2', 'B-3']) await prepare.failed(id);
    const shown = await cli.run('bulk redrive --execution B-1 --execution B-2');
    assert.match(
      shown.out,
      /^action +redrive\nexecutions +2\nsuch as +(B-1, B-2|B-2, B-1)\nfailed by +2 × .*refused\n/,
    );
    const [, preview = ''] = /bulk --preview (\S+)\n/.exec(shown.out) ?? [];
    const done = await cli.run(`bulk --preview ${preview} --wait 60`);
    assert.match(done.out, /^execution +\S+\nstatus +completed\ndone +2 of 2\n$/, done.err);
    const redrives = async (id: string) => {
      const [view] = (await cli.run(`show ${id} --json`)).out.split('\n');
      return (JSON.parse(view ?? '').redrives ?? []).length;
    };
    assert.deepEqual([await redrives('B-1'), await redrives('B-2'), await redrives('B-3')], [1, 1, 0]);
  });

  it('tries now what would be tried again in an hour', async () => {
    await prepare.retrying('R-1');
    assert.match(
      (await cli.run('show R-1')).out,
      /^doing +fetch retrying, .*after the other side is down, again at \S+$/m,
    );
    assert.equal((await cli.run('try-now R-1')).out, 'R-1 tries 1 activation now.\n');
    await service.reach('R-1', 'completed');
    const late = await cli.run('try-now R-1');
    assert.deepEqual([late.code, late.err], [4, 'R-1 is completed; nothing in it waits for a retry or sleeps.\n']);
  });

  it('exports an execution, and erases it', async () => {
    await prepare.small('E-1');
    const { out } = await cli.run('export E-1');
    assert.match(out, /^\{"type":"execution",[\s\S]*\n\{"type":"end"\}\n$/);
    const asked = await cli.run('erase E-1');
    assert.deepEqual(
      [asked.code, asked.err],
      [2, 'There is no terminal to ask at. Repeat it with --yes to erase it.\n'],
    );
    assert.equal((await cli.run('erase E-1 --yes')).out, 'E-1 is being erased, and all that belongs to it.\n');
    const gone = await cli.run('show E-1');
    assert.deepEqual([gone.code, /^Execution E-1 was erased at /.test(gone.err)], [4, true], gone.err);
  });

  it('says of a paused execution that what it accepts waits', async () => {
    await prepare.open('U-1');
    await cli.run('pause U-1');
    const note = /accepted it\.\nIt is paused: nothing continues until "\S.* unpause U-1"\.\n$/;
    assert.match((await cli.run(`signal U-1 say --value '"x"'`)).out, note);
    await cli.run('unpause U-1');
    assert.equal((await cli.run(`signal U-1 say --value '"y"'`)).out, 'U-1 accepted it.\n');
    await service.start('refund-approval', 'U-2', REFUND);
    await service.reach('U-2', 'waiting');
    await cli.run('pause U-2');
    const answered = await cli.run(`answer U-2 --value '{"approved":true}'`);
    assert.match(
      answered.out,
      /^U-2 has the answer to .*\nIt is paused: nothing continues until "\S.* unpause U-2"\.\n$/,
    );
  });

  it('says that a stream has no items', async () => {
    await prepare.open('U-4');
    assert.equal((await cli.run('stream U-4')).out, 'There are no items.\n');
    assert.equal((await cli.run('stream U-4 --json')).out, '');
  });

  it('names ids without an execution in a preview of a bulk', async () => {
    await prepare.open('U-3');
    const { code, out } = await cli.run('bulk pause --execution U-3 --execution U-0');
    assert.deepEqual([code, /^executions +1$/m.test(out), /^missing +U-0$/m.test(out)], [0, true, true], out);
    const none = await cli.run('bulk pause --execution U-0');
    assert.equal(none.out, 'No execution is like that, so nothing would be done. There is no execution U-0.\n');
  });

  it('starts what a schedule would start', async () => {
    assert.match(
      (await cli.run('schedules')).out,
      /^nightly +every-night +0 3 1 1 \? \* UTC +\S+-01-01T03:00:00\S* +/m,
    );
    assert.match((await cli.run('trigger nightly every-night --id N-1')).out, /^Started nightly as N-1, which is /);
    await service.reach('N-1', 'completed');
    assert.match((await cli.run('schedules')).out, /^nightly .* completed +N-1$/m);
    const { code, err } = await cli.run('trigger nightly at-noon');
    assert.deepEqual([code, /^Flow "nightly" has no schedule "at-noon"\./.test(err)], [3, true], err);
  });

  it('reads values that would control the terminal', async () => {
    const input = JSON.stringify({ ...REFUND, reason: '\u001b[31m\u009b2J red' });
    await service.start('refund-approval', 'P-3', JSON.parse(input));
    await service.reach('P-3', 'waiting');
    for (const line of ['show P-3', 'approvals', 'history P-3']) {
      // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not be printed
      assert.doesNotMatch((await cli.run(line)).out, /[\u001b\u009b]/, line);
    }
  });
});

describe('a script', () => {
  const lines = (out: string) =>
    out
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line));

  it('reads one JSON line for each item', async () => {
    await prepare.open('S-1');
    const listed = await cli.run('list --flow talk --json');
    assert.ok(lines(listed.out).some(({ executionId, flow }) => executionId === 'S-1' && flow === 'talk'));
    const [view] = lines((await cli.run('show S-1 --json')).out);
    assert.deepEqual([view.executionId, view.status, view.autoClose], ['S-1', 'idle', false]);
    const [signalled] = lines((await cli.run(`signal S-1 say --value '"hello"' --id s1 --json`)).out);
    assert.deepEqual(signalled, { executionId: 'S-1', signalId: 's1', outcome: 'accepted' });
    const piped = await cli.run(`$CLI list --all --json | head -n 1`);
    assert.deepEqual(
      { code: piped.code, err: piped.err, count: lines(piped.out).length },
      { code: 0, err: '', count: 1 },
    );
    const waits = lines((await cli.run('approvals --json')).out);
    assert.ok(
      waits.every((wait) => !('callbackUrl' in wait)),
      'a link is a right to answer',
    );
  });

  it('ends when its reader does, also while nothing happens', async () => {
    await service.start('talk', 'S-3');
    await service.find('S-3', ({ status }) => status === 'idle');
    await cli.run(`signal S-3 say --value '"x"'`);
    await service.find('S-3', ({ status }) => status === 'idle');
    for (const line of ['history S-3 --follow', 'watch S-3']) {
      const { code, out, err } = await cli.run(`set -o pipefail; $CLI ${line} | head -n 1`);
      assert.deepEqual([code, err, out.split('\n').length], [0, '', 2], line);
    }
  });

  it('ends quietly when its reader does', async () => {
    const { code, out, err } = await cli.run(`set -o pipefail; $CLI mermaid refund-approval | true; echo $?`);
    assert.deepEqual({ code, err }, { code: 0, err: '' });
    assert.equal(out, '0\n');
  });

  it('gives values by file and by pipe', async () => {
    await prepare.open('S-2');
    const { code, out, err } = await cli.run(`echo '"piped"' | $CLI signal S-2 say --value - --json`);
    assert.deepEqual({ code, err, outcome: lines(out)[0]?.outcome }, { code: 0, err: '', outcome: 'accepted' });
  });
});

const NO_SERVER = 'http://127.0.0.1:9';

/** The beginning of the one line, and the kind. */
const WRONG: readonly (readonly [line: string, kind: keyof typeof EXIT, message: RegExp, code?: string])[] = [
  ['lst', 'usage', /^Unknown command 'lst'\. Did you mean list\?/],
  ['show', 'usage', /^Missing required argument 'execution'\./],
  ["show ''", 'usage', /^The execution is empty\./],
  ['list --status sleeping', 'usage', /'sleeping' is invalid/],
  ['list --limit 0', 'usage', /^--limit is "0"; it must be a whole number from 1 /],
  ['list --limit 1 --all', 'usage', /^--limit and --all exclude each other/],
  ['start failing --input {x', 'usage', /^--input is no JSON \(.*\): \{x\.$/],
  ['start failing --input @none.json', 'usage', /^--input: the file none\.json cannot be read: /],
  ['start failing --input 7', 'usage', /^input: .*expected string/i, 'invalid_input'],
  ['start nothing', 'notFound', /^App has no flow "nothing"\..* flows" lists them\.$/, 'unknown_flow'],
  ['show W-0', 'notFound', /^There is no execution W-0\. "\S.* list" shows the newest\.$/, 'unknown_execution'],
  ['history W-0', 'notFound', /^There is no execution W-0\./, 'unknown_execution'],
  ['answer W-1 nowhere --value 1', 'notFound', /^No such wait exists\. Check the ids\./, 'unknown'],
  ['answer W-1 --value 1', 'conflict', /^W-1 is idle and waits for no answer\./],
  ['list --flow nothing', 'notFound', /^There is no flow nothing, .* The app has refund-approval, nightly, /],
  ['bulk pause --flow nothing', 'notFound', /^There is no flow nothing, /],
  ['history W-1 --chunk nothing', 'notFound', /^W-1 has no chunk nothing\. Its flow has listen\.$/],
  ['redrive W-1', 'conflict', /^The execution has no failure .* list --status failed"/, 'not_failed'],
  [`start failing --id W-1 --input '"x"'`, 'conflict', /^This id belongs to an execution /, 'execution_conflict'],
  ['bulk redrive', 'usage', /^Say which executions: --flow, /],
  ['bulk --flow talk', 'usage', /^Name an action, such as redrive, or a --preview/],
  ['bulk --preview none', 'notFound', /^There is no such preview\. It is kept for an hour: /, 'preview_gone'],
  [
    "bulk cancel --execution W-1 --execution 'W 2'",
    'usage',
    /^--execution is "W 2": use an id of 1 to 128 letters, /,
    'invalid_request',
  ],
  ["start failing --id 'ü 🎉'", 'usage', /^--id is "ü 🎉"\. It has 1 to 128 letters, digits and /],
  ['show ..', 'usage', /^"\.\." is no id or name\./],
  ['list --created-after soon', 'usage', /^--created-after is "soon": expected an ISO 8601 time/, 'invalid_request'],
  ['show W-1 --url ftp://x', 'usage', /^--url is "ftp:\/\/x"; it must be one such as http:/],
  ['show W-1 --region eu-west-1', 'usage', /^--region needs --stage\.$/],
  [
    `show W-1 --url ${NO_SERVER}`,
    'noAnswer',
    /^The service at http:\/\/127\.0\.0\.1:9 does not answer: .* Start it by "npm start"/,
  ],
];

describe('an error', () => {
  before(() => prepare.open('W-1'));

  for (const [line, kind, message, code] of WRONG) {
    it(`of ${line} is one line with a code`, async () => {
      const [ran, asJson] = await Promise.all([cli.run(line), cli.run(`${line} --json`)]);
      assert.deepEqual({ code: ran.code, out: ran.out }, { code: EXIT[kind], out: '' }, ran.err);
      assert.match(ran.err, /^[^\n]+\n$/);
      assert.match(ran.err.trimEnd(), message);
      const { error } = JSON.parse(asJson.err);
      assert.deepEqual([error.kind, error.exitCode, error.code], [kind, EXIT[kind], code]);
    });
  }

  it('is not shown where there is no command: help is', async () => {
    const { code, out, err } = await cli.run('');
    assert.deepEqual({ code, err }, { code: 0, err: '' });
    assert.match(out, /^Usage: /);
    for (const { name, about } of TABLE)
      assert.ok(out.includes(`  ${name} `) && out.includes(about.slice(0, 30)), name);
  });
});
