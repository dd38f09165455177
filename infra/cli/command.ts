/** Commands that work on a stage. Arguments are checked before any action, and errors are printed as one line. */
import { buildProblem } from '../build/problem.ts';
import { settingsProblem } from '../deploy/settings.ts';
import { type CommandName as AnyCommand, usageOf } from './help.ts';
import { HELP, parse, readOrExit, UsageError } from './usage.ts';

/** Names of the commands that work on a stage. */
export type CommandName = Exclude<AnyCommand, 'init' | 'dev'>;

export interface Arguments {
  readonly stage: string;
  readonly region: string;
  readonly profile?: string;
  readonly params: Readonly<Record<string, string>>;
  readonly purge: boolean;
  /** Removes without asking. */
  readonly yes: boolean;
  /** The same arguments, in the form that osls takes. */
  readonly osls: readonly string[];
}

const TEXT = { type: 'string' } as const;
const SWITCH = { type: 'boolean', default: false } as const;
const OPTIONS = {
  stage: { ...TEXT, short: 's', default: 'dev' },
  region: { ...TEXT, short: 'r' },
  'aws-profile': TEXT,
  param: { ...TEXT, multiple: true, default: [] as string[] },
  verbose: SWITCH,
  force: SWITCH,
  purge: SWITCH,
  yes: SWITCH,
  help: HELP,
} as const;

/** Resolves to `undefined` when help is requested. @throws UsageError */
export async function readArguments(name: CommandName, args: readonly string[]): Promise<Arguments | undefined> {
  const { values, tokens } = parse({ args: [...args], options: OPTIONS, tokens: true });
  for (const token of tokens) {
    if (token.kind !== 'option' || token.name === 'help' || usageOf(name).includes(`--${token.name}`)) continue;
    throw new UsageError(`${token.rawName} is no option of ${name}.`);
  }
  if (values.help) return undefined;
  const { stage, 'aws-profile': profile, verbose, force, purge, yes } = values;
  const region = values.region ?? (process.env.AWS_REGION || 'us-east-1');
  if (!/^[a-z0-9][a-z0-9-]{0,15}$/.test(stage)) {
    throw new UsageError(`The stage is "${stage}"; it must be 1 to 16 small letters, digits and hyphens.`);
  }
  if (!/^[a-z]+(-[a-z]+)+-\d+$/.test(region)) {
    throw new UsageError(`The region is "${region}"; it must be one such as us-east-1.`);
  }
  if (profile === '') throw new UsageError('--aws-profile is empty; name a profile of your AWS configuration.');
  const params = Object.fromEntries(values.param.map(pairOf));
  const problem = await settingsProblem(stage, params);
  if (problem) throw new UsageError(problem);
  return {
    ...{ stage, region, params, purge, yes },
    ...(profile === undefined ? {} : { profile }),
    osls: [
      ...['--stage', stage, '--region', region],
      ...(profile === undefined ? [] : ['--aws-profile', profile]),
      ...values.param.flatMap((param) => ['--param', param]),
      ...(verbose ? ['--verbose'] : []),
      ...(force ? ['--force'] : []),
    ],
  };
}

function pairOf(param: string): readonly [string, string] {
  const at = param.indexOf('=');
  if (at < 1) throw new UsageError(`--param is "${param}"; write --param name=value.`);
  return [param.slice(0, at), param.slice(at + 1)];
}

/** Runs a command if its arguments are valid. Sets exit code 1 when the command fails. */
export async function command(
  name: CommandName,
  args: readonly string[],
  run: (args: Arguments) => Promise<void>,
): Promise<void> {
  // Hides the SDK's warning about Node versions: the command cannot act on it.
  process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = 'true';
  try {
    await run(await readOrExit(usageOf(name), () => readArguments(name, args)));
  } catch (error) {
    process.stderr.write(`${messageOf(error)}\n`);
    process.exitCode = 1;
  }
}

function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.name !== 'CredentialsProviderError') return buildProblem(error);
  const how = 'Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or name a profile (--aws-profile or AWS_PROFILE).';
  return `There are no AWS credentials: ${error.message.replace(/\.$/, '')}. ${how}`;
}
