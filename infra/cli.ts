#!/usr/bin/env node
/** `durable-triggerflow <command>`. Each command loads only its own modules. */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Given } from './cli/given.ts';
import { lackOf } from './cli/needs.ts';
import { print, printOpen } from './cli/output.ts';
import { asCliError, CliError, EXIT, errorJson } from './cli/problems.ts';
import { readLine } from './cli/program.ts';
import type { Row, ServiceCommand } from './cli/row.ts';
import { type Look, lookOf } from './cli/show/look.ts';
import { PROJECT, ROOT } from './roots.ts';

// The warning about Node versions is for those who install the SDK.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = 'true';

async function run(row: Row, given: Given): Promise<void> {
  const { name, place, needs, load } = row;
  const needsProject = place === 'project' || (place === 'service' && given.maybe('stage') !== undefined);
  if (needsProject && !existsSync(join(PROJECT, 'serverless.yml'))) {
    const make = 'npx --yes durable-triggerflow init my-app';
    throw new CliError(
      'usage',
      `${PROJECT} has no serverless.yml. Run ${name} in the folder of a project, or make one: ${make}`,
    );
  }
  const lack = await lackOf(name, needs);
  if (lack) throw new CliError('failed', lack);
  const look = lookOf(given.flag('json'));
  const work = await load();
  if (work.kind === 'other') return work.run(given, look);
  await runOnService(work, given, look);
}

async function runOnService({ ask }: ServiceCommand, given: Given, look: Look): Promise<void> {
  const { connect } = await import('./cli/api/connection.ts');
  const { createApi } = await import('./cli/api/api.ts');
  for await (const { data, text, isFailed, isOpen } of ask(createApi(await connect(given)), given, look)) {
    const written = look.isJson ? data.map((each) => `${JSON.stringify(each)}\n`).join('') : text;
    await (isOpen ? printOpen(written) : print(written));
    if (isFailed) process.exitCode = EXIT.unsuccessful;
  }
}

// pnpm passes the `--` on that separates the arguments of a script; npm removes it.
const args = process.argv.slice(2).filter((arg, i) => i > 1 || arg !== '--');
const { version } = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8')) as { readonly version: string };
try {
  const line = await readLine(args, version);
  if (line.kind === 'print') await print(line.text);
  else await run(line.row, line.given);
} catch (error) {
  const problem = asCliError(error);
  process.stderr.write(`${args.includes('--json') ? errorJson(problem) : problem.message}\n`);
  process.exitCode = EXIT[problem.kind];
}
