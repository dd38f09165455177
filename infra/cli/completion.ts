/** Completion of commands, options and their choices for three shells, made from the table of commands. */
import { tell } from './output.ts';
import { PROGRAM } from './program-name.ts';
import type { OtherCommand, Row } from './row.ts';
import { optionsOf } from './table/options.ts';
import { TABLE } from './table/table.ts';
import { UsageError } from './usage.ts';

const SCRIPTS: Readonly<Record<string, () => string>> = { bash, zsh, fish };

export const completion: OtherCommand = {
  kind: 'other',
  async run(given, { isJson }) {
    const shell = given.text('shell');
    const script = Object.hasOwn(SCRIPTS, shell) ? SCRIPTS[shell]?.() : undefined;
    if (script === undefined)
      throw new UsageError(`The shell is "${shell}"; it must be ${Object.keys(SCRIPTS).join(', ')}.`);
    await tell(isJson, script, { shell, script });
  },
};

const names = TABLE.map(({ name }) => name).join(' ');
const flagsOf = (row: Row) => ['--help', ...optionsOf(row).map(({ name }) => `--${name}`)];

/** Options with a fixed set of values. */
const chosen = (row: Row) =>
  optionsOf(row).flatMap(({ name, choices }) => (choices ? [{ name, choices: choices.join(' ') }] : []));

function bash(): string {
  const values = TABLE.flatMap((row) =>
    chosen(row).map(({ name, choices }) => `    '${row.name} --${name}') words='${choices}' ;;\n`),
  );
  const flags = TABLE.map((row) => {
    const words = [...(row.args ?? []).flatMap(({ choices = [] }) => choices), ...flagsOf(row)];
    return `      ${row.name}) words='${words.join(' ')}' ;;\n`;
  });
  return `# ${PROGRAM} completion bash >> ~/.bashrc
_durable_triggerflow() {
  local current=\${COMP_WORDS[COMP_CWORD]} before=\${COMP_WORDS[COMP_CWORD-1]} command=\${COMP_WORDS[1]} words=''
  if [ "$COMP_CWORD" -eq 1 ]; then
    COMPREPLY=($(compgen -W '${names}' -- "$current"))
    return
  fi
  case "$command $before" in
${values.join('')}  esac
  if [ -z "$words" ]; then
    case "$command" in
${flags.join('')}    esac
  fi
  COMPREPLY=($(compgen -W "$words" -- "$current"))
}
complete -o default -F _durable_triggerflow ${PROGRAM}
`;
}

/** For single quotes of zsh and fish; colons and brackets separate parts in zsh. */
const quoted = (text: string) => text.replaceAll("'", '’').replaceAll(/[[\]:]/g, '\\$&');

function zsh(): string {
  const commands = TABLE.map(({ name, about }) => `    '${name}:${quoted(about)}'\n`);
  const cases = TABLE.map((row) => {
    const options = optionsOf(row).map(({ name, value, about, choices }) => {
      const wants = value === undefined ? '' : `:${quoted(value)}:${choices ? `(${choices.join(' ')})` : '_files'}`;
      return ` '--${name}[${quoted(about)}]${wants}'`;
    });
    return `    ${row.name}) _arguments${options.join('')} ;;\n`;
  });
  return `#compdef ${PROGRAM}
# ${PROGRAM} completion zsh > "\${fpath[1]}/_${PROGRAM}"
_durable_triggerflow() {
  local -a commands=(
${commands.join('')}  )
  if (( CURRENT == 2 )); then
    _describe command commands
    return
  fi
  local command=$words[2]
  shift words
  (( CURRENT -= 1 ))
  case $command in
${cases.join('')}  esac
}
_durable_triggerflow "$@"
`;
}

function fish(): string {
  const start = `complete -c ${PROGRAM}`;
  const commands = TABLE.map(
    ({ name, about }) => `${start} -f -n __fish_use_subcommand -a ${name} -d '${plain(about)}'\n`,
  );
  const options = TABLE.flatMap((row) =>
    optionsOf(row).map(({ name, value, about, choices }) => {
      const wants = choices ? ` -x -a '${choices.join(' ')}'` : value === undefined ? '' : ' -r';
      return `${start} -n '__fish_seen_subcommand_from ${row.name}' -l ${name}${wants} -d '${plain(about)}'\n`;
    }),
  );
  return `# ${PROGRAM} completion fish > ~/.config/fish/completions/${PROGRAM}.fish\n${commands.join('')}${options.join('')}`;
}

function plain(text: string): string {
  return text.replaceAll("'", '’');
}
