/** What `--help` prints. It needs no package, so it works where none is installed. */

interface Help {
  readonly about: string;
  /** Arguments, without the name of the program. */
  readonly usage: string;
}

const STAGE = '[--stage dev] [--region us-east-1]';
const PROFILE = '[--aws-profile name]';
const PARAM = '[--param name=value]...';

const COMMANDS = {
  init: { about: 'makes a project in a folder', usage: '<folder> [--name my-app]' },
  dev: { about: 'runs the service on this machine, and loads the app again when a source changes', usage: '' },
  package: {
    about: 'makes the bundles and the CloudFormation template, offline',
    usage: `${STAGE} ${PARAM} [--verbose]`,
  },
  deploy: {
    about: 'deploys a stage to your AWS account',
    usage: `${STAGE} ${PROFILE} ${PARAM} [--verbose] [--force]`,
  },
  remove: {
    about: 'removes a stage; its table and its signing key are kept',
    usage: `${STAGE} ${PROFILE} ${PARAM} [--yes] [--verbose]`,
  },
  redrive: {
    about: 'returns dead-lettered messages of a stage to their queue',
    usage: `${STAGE} ${PROFILE} [--purge]`,
  },
  console: {
    about: 'shows a deployed stage in the browser, with your AWS credentials',
    usage: `${STAGE} ${PROFILE}`,
  },
} as const satisfies Readonly<Record<string, Help>>;

export type CommandName = keyof typeof COMMANDS;

const OPTIONS: Readonly<Record<string, string>> = {
  '--name': 'name of the project and its stack; default: the name of the folder',
  '--stage': '1 to 16 small letters, digits and hyphens; default dev',
  '--region': 'AWS region; default: AWS_REGION, else us-east-1',
  '--aws-profile': 'profile of your AWS configuration',
  '--param': 'a setting of the stage, over those of serverless.yml',
  '--verbose': 'shows each step of osls',
  '--force': 'deploys even if nothing has changed',
  '--yes': 'does not ask',
  '--purge': 'deletes messages that cannot be read or that fail again',
};

const VARIABLES: Readonly<Record<string, string>> = {
  PORT: 'port, default 3000; 0 takes a free one',
  LOCAL_DIR: 'data folder, default .local',
  FLOW_APP: 'another app module than the one that package.json names',
  AWS_ENDPOINT_URL: 'uses the AWS API there instead of the embedded one',
  JWT_ISSUER: 'with JWT_AUDIENCE: asks for JWTs as a stage does',
};

const CONSOLE_VARIABLES = [['PORT', 'port, default 3001; 0 takes a free one']] as const;

export function isCommand(name: string): name is CommandName {
  return Object.hasOwn(COMMANDS, name);
}

/** One line with the arguments of a command. */
export function usageOf(name: CommandName): string {
  // npm reads options before `--` as its own.
  const program = name === 'init' || name === 'dev' ? `durable-triggerflow ${name}` : `npm run ${name} --`;
  return `usage: ${program} ${COMMANDS[name].usage}`.trimEnd().concat('\n');
}

export function helpOf(name: CommandName): string {
  const { about, usage } = COMMANDS[name];
  const options = Object.entries(OPTIONS).filter(([option]) => usage.includes(option));
  const variables = name === 'dev' ? Object.entries(VARIABLES) : name === 'console' ? CONSOLE_VARIABLES : [];
  const lists = [list(options), list(variables)].filter((each) => each !== '');
  return [usageOf(name), `The command ${about}.\n`, ...lists].join('\n');
}

/** Help for the whole program. */
export const HELP_TEXT = `usage: durable-triggerflow <command> [options]

${list(Object.entries(COMMANDS).map(([name, { about }]) => [name, about] as const))}
<command> --help lists the options of a command. --version prints the version.
`;

function list(rows: readonly (readonly [string, string])[]): string {
  const width = Math.max(...rows.map(([name]) => name.length));
  return rows.map(([name, text]) => `  ${name.padEnd(width)}  ${text}\n`).join('');
}
