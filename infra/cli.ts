#!/usr/bin/env node
/** `durable-triggerflow <command>`, run in the folder of a project. Each command loads only its own modules. */
type Run = (args: readonly string[]) => Promise<void>;

const COMMANDS: Readonly<Record<string, () => Promise<Run>>> = {
  init: async () => (await import('./init/init.ts')).initCommand,
  dev: async () => (await import('./local/dev.ts')).devCommand,
  package: async () => (await import('./deploy/package.ts')).packageCommand,
  deploy: async () => (await import('./deploy/deploy.ts')).deployCommand,
  remove: async () => (await import('./deploy/deploy.ts')).removeCommand,
  redrive: async () => (await import('./deploy/redrive.ts')).redriveCommand,
};

const USAGE = `usage: durable-triggerflow ${Object.keys(COMMANDS).join(' | ')}
Each command tells its options with --help.
`;

const [name = '', ...args] = process.argv.slice(2);
const load = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
if (load) await (await load())(args);
else if (name === '--help' || name === '-h') process.stdout.write(USAGE);
else {
  process.stderr.write(name === '' ? USAGE : `There is no command "${name}".\n${USAGE}`);
  process.exitCode = 2;
}
