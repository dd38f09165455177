#!/usr/bin/env node
/** `durable-triggerflow <command>`, run in the folder of a project. Each command loads only its own modules. */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type CommandName, HELP_TEXT, helpOf, isCommand } from './cli/help.ts';
import { lackOf } from './cli/needs.ts';
import { PROJECT, ROOT } from './roots.ts';

type Run = (args: readonly string[]) => Promise<void>;

interface Command {
  /** Packages that it loads from the project. */
  readonly needs: readonly string[];
  readonly load: () => Promise<Run>;
}

const TO_BUILD = ['zod', 'esbuild'];

const COMMANDS: Readonly<Record<CommandName, Command>> = {
  init: { needs: ['zod'], load: async () => (await import('./init/init.ts')).initCommand },
  dev: {
    needs: [...TO_BUILD, 'dynalite', 'fauxqs'],
    load: async () => (await import('./local/dev.ts')).devCommand,
  },
  package: {
    needs: [...TO_BUILD, 'osls'],
    load: async () => (await import('./deploy/package.ts')).packageCommand,
  },
  deploy: {
    needs: [...TO_BUILD, 'osls'],
    load: async () => (await import('./deploy/deploy.ts')).deployCommand,
  },
  remove: {
    needs: [...TO_BUILD, 'osls'],
    load: async () => (await import('./deploy/deploy.ts')).removeCommand,
  },
  console: { needs: ['zod'], load: async () => (await import('./console/command.ts')).consoleCommand },
  redrive: { needs: ['zod'], load: async () => (await import('./deploy/redrive.ts')).redriveCommand },
};

async function run(name: CommandName, args: readonly string[]): Promise<void> {
  if (args.some((arg) => arg === '--help' || arg === '-h')) {
    process.stdout.write(helpOf(name));
    return;
  }
  if (name !== 'init' && !existsSync(join(PROJECT, 'serverless.yml'))) {
    const make = 'npx --yes durable-triggerflow init my-app';
    throw new Error(`${PROJECT} has no serverless.yml. Run ${name} in the folder of a project, or make one: ${make}`);
  }
  const { needs, load } = COMMANDS[name];
  const lack = await lackOf(name, needs);
  if (lack) throw new Error(lack);
  await (await load())(args);
}

/** Shows defects of this package with their stack, other errors as one line. */
function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.name === 'Error' ? error.message : (error.stack ?? error.message);
}

// pnpm passes the `--` on that separates the arguments of a script; npm removes it.
const [name = '', ...args] = process.argv.slice(2).filter((arg, i) => i !== 1 || arg !== '--');
if (isCommand(name)) {
  try {
    await run(name, args);
  } catch (error) {
    process.stderr.write(`${describe(error)}\n`);
    process.exitCode = 1;
  }
} else if (/^(--help|-h|help)$/.test(name)) process.stdout.write(HELP_TEXT);
else if (/^(--version|-v)$/.test(name)) {
  const { version } = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8')) as { readonly version: string };
  process.stdout.write(`${version}\n`);
} else {
  process.stderr.write(name === '' ? HELP_TEXT : `There is no command "${name}".\n\n${HELP_TEXT}`);
  process.exitCode = 2;
}
