/** What the command line is made of: the table of commands, and what is made from it. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { describe, it } from 'node:test';
import { EXIT, KINDS } from '../../infra/cli/problems.ts';
import { readLine } from '../../infra/cli/program.ts';
import { STATUSES } from '../../infra/cli/table/options.ts';
import { TABLE } from '../../infra/cli/table/table.ts';
import { bulkAct } from '../../lib/flow/options/bulk.ts';
import { LISTED_STATUSES } from '../../lib/runtime/view/search.ts';
import { tableOf } from '../docs/markdown.ts';

const scriptOf = async (shell: string): Promise<string> => {
  const line = await readLine(['completion', shell, '--json'], '0.0.0');
  const work = line.kind === 'run' ? await line.row.load() : assert.fail(line.text);
  const written: string[] = [];
  const write = process.stdout.write;
  process.stdout.write = (text) => written.push(String(text)) > 0;
  try {
    if (work.kind === 'other' && line.kind === 'run') {
      await work.run(line.given, { isJson: true, hasColour: false, width: undefined, now: () => 0 });
    }
  } finally {
    process.stdout.write = write;
  }
  return JSON.parse(written.join('')).script;
};

describe('the table of commands', () => {
  it('has statuses that the API can list', () => {
    assert.deepEqual([...STATUSES].sort(), [...LISTED_STATUSES].sort());
  });

  it('has the actions of bulk', () => {
    const [action] = TABLE.find(({ name }) => name === 'bulk')?.args ?? [];
    assert.deepEqual(
      [...(action?.choices ?? [])].sort(),
      bulkAct.options.map(({ shape }) => shape.action.value).sort(),
    );
  });

  it('has names, examples and help without doubles', async () => {
    const names = TABLE.map(({ name }) => name);
    assert.equal(new Set(names).size, names.length);
    for (const row of TABLE) {
      assert.ok(row.example.startsWith(row.name), row.name);
      const help = await readLine([row.name, '--help'], '0.0.0');
      assert.ok(help.kind === 'print' && help.text.includes(`Example:\n  npm run -s cli -- ${row.name}`), row.name);
      assert.match(help.kind === 'print' ? help.text : '', /--json /);
    }
  });

  it('has the commands of the reference', () => {
    const rows = TABLE.map(({ name, args = [], about }) => {
      const words = args.map(({ name: arg, isOptional }) => (isOptional ? `[${arg}]` : `<${arg}>`));
      return [`\`${[name, ...words].join(' ')}\``, about];
    });
    assert.deepEqual(tableOf('lib/REFERENCE.md', 'Command line'), rows);
  });

  it('has the exit codes of the document', () => {
    const rows = tableOf('functions/README.md', 'Use it in scripts').slice(1);
    const coded = Object.entries(EXIT).map(([kind, code]) => [
      String(code),
      `\`${kind}\``,
      KINDS[kind as keyof typeof EXIT],
    ]);
    assert.deepEqual(rows, coded);
  });
});

describe('completion', () => {
  it('of bash completes commands, options and choices', async () => {
    const script = await scriptOf('bash');
    const complete = (...words: readonly string[]) => {
      const list = words.map((word) => `'${word}'`).join(' ');
      const code = `${script}\nCOMP_WORDS=(${list}); COMP_CWORD=${words.length - 1}; _durable_triggerflow; printf '%s\\n' "\${COMPREPLY[@]}"`;
      const { status, stdout, stderr } = spawnSync('bash', ['-c', code], { encoding: 'utf8' });
      assert.deepEqual({ status, stderr }, { status: 0, stderr: '' });
      return stdout.trim().split('\n');
    };
    assert.deepEqual(complete('durable-triggerflow', 'red'), ['redrive']);
    assert.deepEqual(complete('durable-triggerflow', 'list', '--st'), ['--status', '--stage']);
    assert.deepEqual(complete('durable-triggerflow', 'list', '--status', 'fa'), ['failed']);
    assert.deepEqual(complete('durable-triggerflow', 'completion', 'ba'), ['bash']);
  });

  it('of zsh and fish names every command and option', async () => {
    const [zsh, fish] = [await scriptOf('zsh'), await scriptOf('fish')];
    assert.match(zsh, /^#compdef durable-triggerflow\n/);
    for (const { name, options = [] } of TABLE) {
      assert.ok(zsh.includes(`    '${name}:`) && fish.includes(` -a ${name} -d `), name);
      for (const option of options) {
        assert.ok(zsh.includes(`--${option.name}[`), option.name);
        assert.ok(fish.includes(`'__fish_seen_subcommand_from ${name}' -l ${option.name} `), option.name);
      }
    }
    for (const line of [...zsh.split('\n'), ...fish.split('\n')]) {
      assert.equal(line.split("'").length % 2, 1, `quotes are not closed: ${line}`);
    }
  });
});
