/** A project of one's own, by the commands that the package prints, up to the first approved refund. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Manager } from '../../infra/init/manager.ts';
import { HANG_MS } from '../limits.ts';
import type { Shell } from './shell.ts';

const INIT: Readonly<Record<Manager, string>> = {
  npm: 'npx --yes ./durable-triggerflow.tgz init my-app',
  // It looks for relative paths in a folder of its own.
  pnpm: 'pnpm dlx "$PWD/durable-triggerflow.tgz" init my-app',
};

export type Timed = <T>(what: string, work: () => Promise<T>) => Promise<T>;

/** Resolves to the folder of the project. @throws Error that names the step */
export async function makeProject(
  manager: Manager,
  shell: Shell,
  folder: string,
  tarball: string,
  timed: Timed,
): Promise<string> {
  await mkdir(folder);
  await cp(tarball, join(folder, 'durable-triggerflow.tgz'));
  const printed = await timed('init', () => shell.run(INIT[manager], folder));
  const [enter = '', install = '', start = ''] = commandsOf(printed).flatMap((line) => line.split(' && '));
  assert.deepEqual([enter, install, start], ['cd my-app', `${manager} install`, `${manager} start`]);
  const project = join(folder, 'my-app');
  await timed('install', () => shell.run(install, project));
  if (manager === 'npm') await timed('refusals', () => assertRefusals(shell, project));
  await timed('start, first approved refund, a change', () => approveRefund(manager, shell, project));

  await timed('types', () => shell.run(`${manager} run types`, project));
  const tests = await timed('test', () => shell.run(`${manager} test`, project));
  assert.match(tests, /^(#|ℹ) pass 2$/m);
  await timed('package', () => shell.run(`${manager} run package`, project));
  await assertTemplate(project);
  return project;
}

/** What keeps a command from running is said in one line, with what to do. */
async function assertRefusals(shell: Shell, project: string): Promise<void> {
  const command = join(project, 'node_modules/.bin/durable-triggerflow');
  await assert.rejects(shell.run(`'${command}' init .`, project), /\n\S+my-app is not empty: it has [^\n]+\n$/);
  await assert.rejects(
    shell.run(`'${command}' dev`, join(project, '..')),
    /\n\S+ has no serverless\.yml\. Run dev in [^\n]+\n$/,
  );
  const tool = join(project, 'node_modules/dynalite');
  await rename(tool, `${tool}-aside`);
  const lack = /\nThe command dev needs dynalite, [^\n]+ Run: npm install --save-dev "dynalite@[^\n]+"\n$/;
  await assert.rejects(shell.run('npm start', project), lack);
  await rename(`${tool}-aside`, tool);
  await assert.rejects(
    shell.run(`'${command}' mcp`, project),
    /\nThe command mcp needs @modelcontextprotocol\/server, [^\n]+ Run: npm install --save-dev "[^\n]+"\n$/,
  );
}

/** Lines that the package prints with two spaces before them. */
function commandsOf(printed: string): readonly string[] {
  return Array.from(printed.matchAll(/^ {2}(\S.*)$/gm), ([, command = '']) => command);
}

/** How the printed commands begin. */
const PROGRAM: Readonly<Record<Manager, string>> = {
  npm: 'npx durable-triggerflow',
  pnpm: 'pnpm durable-triggerflow',
};

async function approveRefund(manager: Manager, shell: Shell, project: string): Promise<void> {
  const child = spawn('bash', ['-c', `exec ${manager} start`], {
    // A group of its own, so that nothing is left behind.
    ...{ cwd: project, detached: true, env: { ...shell.env, PORT: '0' } },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exited = once(child, 'exit');
  try {
    const lines: string[] = [];
    const output = createInterface({ input: child.stdout });
    output.on('line', (line) => lines.push(line));
    const printed = async (beginning: string) => {
      const signal = AbortSignal.timeout(HANG_MS);
      while (!lines.some((line) => line.startsWith(beginning))) await once(output, 'line', { signal });
    };
    await printed(`  ${PROGRAM[manager]} answer`);
    const [begin = '', look = '', approve = ''] = commandsOf(lines.join('\n')).map((line) => `${line} --json`);
    const started = JSON.parse(await shell.run(begin, project));
    assert.equal(started.status, 'running', begin);
    assert.equal(JSON.parse(await shell.run(approve, project)).outcome, 'accepted', approve);
    assert.deepEqual(await resultOf(look, shell, project), { approved: true, note: 'fine', by: 'manager' });
    // A change of the source is taken in without a restart.
    const flow = join(project, 'flows/refund-approval.ts');
    const text = await readFile(flow, 'utf8');
    await writeFile(flow, text.replace('input.amountCents <= 10_000', 'input.amountCents <= 60_000'));
    await printed('Loaded the changed app');
    const [, id = ''] = /--id ([\w-]+)/.exec(begin) ?? [];
    await shell.run(begin.replaceAll(id, 'changed'), project);
    const changed = await resultOf(look.replaceAll(id, 'changed'), shell, project);
    assert.deepEqual(changed, { approved: true, by: 'policy' });
    await writeFile(flow, text);
  } finally {
    if (child.pid !== undefined && child.exitCode === null) process.kill(-child.pid, 'SIGTERM');
    await exited;
  }
}

/** The decision, once the execution has completed. */
async function resultOf(look: string, shell: Shell, project: string): Promise<unknown> {
  const until = Date.now() + HANG_MS;
  for (;;) {
    const { status, result } = JSON.parse(await shell.run(look, project));
    if (status === 'completed') return result.decision;
    assert.ok(Date.now() < until, `${look} still answers ${status}`);
  }
}

async function assertTemplate(project: string): Promise<void> {
  const path = join(project, '.serverless/cloudformation-template-update-stack.json');
  const { Resources } = JSON.parse(await readFile(path, 'utf8')) as { Resources: Record<string, { Type: string }> };
  const types = Object.values(Resources).map(({ Type }) => Type);
  const count = (type: string) => types.filter((each) => each === type).length;
  assert.deepEqual(
    { functions: count('AWS::Lambda::Function'), tables: count('AWS::DynamoDB::Table') },
    { functions: 5, tables: 1 },
  );
}
