/** The stages that a change has to pass, from quick to slow. Each can be run alone. */

export interface Stage {
  readonly name: string;
  /** Arguments of npm, one list for each command. */
  readonly commands: readonly (readonly string[])[];
  /** Runs on Node 24, the version that is deployed, through npx where the present Node is another. */
  readonly onNode24?: true;
  /** The job of the GitHub workflow that runs it. `matrix`: none, because `check` runs on each version of Node. */
  readonly job: 'check' | 'real' | 'localstack' | 'matrix';
}

const script = (name: string, ...args: readonly string[]): readonly string[] =>
  args.length === 0 ? ['run', '-s', name] : ['run', '-s', name, '--', ...args];

export const STAGES: readonly Stage[] = [
  { name: 'types', job: 'check', commands: [script('types')] },
  { name: 'lint', job: 'check', commands: [script('lint')] },
  { name: 'test', job: 'check', commands: [['test']] },
  { name: 'slow', job: 'check', commands: [script('test:slow')] },
  { name: 'package', job: 'check', commands: [script('package'), script('check:template')] },
  { name: 'package-install', job: 'real', commands: [script('test:package')] },
  { name: 'crash', job: 'check', commands: [script('crash')] },
  { name: 'attack', job: 'check', commands: [script('attack', '--scale', '0.1')] },
  {
    name: 'golden',
    job: 'check',
    commands: [
      script('golden', 'test/golden/cases', '--store', 'embedded'),
      script('golden', 'test/golden/cases', '--shuffle', '20'),
    ],
  },
  { name: 'upgrade', job: 'check', commands: [script('test:upgrade')] },
  { name: 'template', job: 'real', commands: [script('lint:template')] },
  { name: 'browser', job: 'real', commands: [script('test:browser')] },
  { name: 'real', job: 'real', commands: [script('test:real')] },
  { name: 'localstack', job: 'localstack', commands: [script('test:localstack')] },
  { name: 'chaos', job: 'real', commands: [script('chaos', '--minutes', '1')] },
  { name: 'node24', job: 'matrix', commands: [['test']], onNode24: true },
  {
    name: 'ministack',
    job: 'real',
    commands: [script('test:ministack'), script('test:package', '--stack')],
    onNode24: true,
  },
  { name: 'runtime', job: 'real', commands: [script('test:runtime')], onNode24: true },
  { name: 'coldstart', job: 'real', commands: [script('bench', 'coldstart')], onNode24: true },
];
