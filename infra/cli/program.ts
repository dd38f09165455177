/** The command line as commander parses it, made from the table of commands. */
import { Argument, Command, CommanderError, Option } from 'commander';
import { createGiven, type Given } from './given.ts';
import { EXIT, type Kind, WORDS } from './problems.ts';
import { programName } from './program-name.ts';
import type { Option as OptionRow, Row } from './row.ts';
import { optionsOf } from './table/options.ts';
import { TABLE } from './table/table.ts';
import { UsageError } from './usage.ts';

export type Line =
  | { readonly kind: 'run'; readonly row: Row; readonly given: Given }
  /** Help or the version. */
  | { readonly kind: 'print'; readonly text: string };

/** @throws UsageError */
export async function readLine(args: readonly string[], version: string): Promise<Line> {
  let printed = '';
  let line: Line | undefined;
  const output = {
    writeOut: (text: string) => {
      printed += text;
    },
    writeErr: () => undefined,
    getOutHelpWidth: () => Math.min(110, process.stdout.columns ?? 110),
  };
  const program = new Command(programName())
    .description('Runs flows, looks into executions and works on stages.')
    .usage('<command> [options]')
    .version(version, '-v, --version', 'prints the version')
    .helpOption('-h, --help', 'prints help')
    .commandsGroup('Tools:')
    .helpCommand('help [command]', 'prints the help of a command')
    .addHelpText('after', `\n${EXITS}`)
    .configureHelp({ subcommandTerm: (each) => each.name() })
    .configureOutput(output)
    .exitOverride();
  for (const row of TABLE) {
    const command = program
      .command(row.name)
      .helpGroup(`${row.group}:`)
      .summary(row.about)
      .description(`${row.about.charAt(0).toUpperCase()}${row.about.slice(1)}.`)
      .helpOption('-h, --help', 'prints help')
      .allowExcessArguments(false)
      .addHelpText('after', () => tailOf(row));
    for (const { name, about, isOptional, choices } of row.args ?? []) {
      const argument = new Argument(isOptional ? `[${name}]` : `<${name}>`, about);
      command.addArgument(choices ? argument.choices([...choices]) : argument);
    }
    for (const each of optionsOf(row)) command.addOption(toOption(each));
    command.action((...called: unknown[]) => {
      const values = called.slice(0, row.args?.length ?? 0) as (string | undefined)[];
      const named = Object.fromEntries((row.args ?? []).map(({ name }, i) => [name, values[i]]));
      const options = optionsOf(row).map(({ name }) => [name, command.getOptionValue(name)]);
      line = { kind: 'run', row, given: createGiven({ ...Object.fromEntries(options), ...named }) };
    });
  }
  try {
    if (args.length === 0) return { kind: 'print', text: `${program.helpInformation()}\n${EXITS}\n` };
    await program.parseAsync([...args], { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return { kind: 'print', text: printed };
    const [name = ''] = args;
    const help = TABLE.some((row) => row.name === name) ? `${name} --help` : '--help';
    throw new UsageError(`${sentenceOf(error.message)} "${programName()} ${help}" shows what there is.`);
  }
  if (line) return line;
  return { kind: 'print', text: printed };
}

const EXITS = `Exit codes: 0 done, ${Object.entries(EXIT)
  .map(([kind, code]) => `${code} ${WORDS[kind as Kind]}`)
  .join(', ')}.`;

/** The names stay as they are written; commander's own would be in camel case. */
function toOption({ name, short, value, about, isMany, choices }: OptionRow): Option {
  const flags = `${short === undefined ? '' : `-${short}, `}--${name}${value === undefined ? '' : ` <${value}>`}`;
  const option = new Option(flags, about);
  option.attributeName = () => name;
  if (choices) option.choices([...choices]);
  return isMany ? option.argParser((text: string, list: string[] = []) => [...list, text]) : option;
}

function tailOf({ example, variables = {} }: Row): string {
  const rows = Object.entries(variables);
  const width = Math.max(0, ...rows.map(([name]) => name.length));
  const listed = rows.map(([name, about]) => `  ${name.padEnd(width)}  ${about}\n`).join('');
  return `\nExample:\n  ${programName()} ${example}${rows.length === 0 ? '' : `\n\nVariables:\n${listed.trimEnd()}`}`;
}

/** commander's message as one sentence: "error: unknown option '--stge'\n(Did you mean --stage?)". */
function sentenceOf(message: string): string {
  const [what = '', ...rest] = message.replace(/^error: /, '').split('\n');
  const sentence = `${what.charAt(0).toUpperCase()}${what.slice(1).replace(/\.?$/, '.')}`;
  return [sentence, ...rest.map((each) => each.replace(/^\((.*)\)$/, '$1'))].join(' ');
}
