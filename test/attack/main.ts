/** Sends invalid input to each route, to the local host, to the queues, and as documents. Every one must be refused. */
import { HELP, parse, readOrExit, UsageError, wholeNumber } from '../../infra/cli/usage.ts';
import { attack, partsOf, type Scope } from './attack.ts';
import { CANARY, FAULTS, type Failure, type Row } from './tally.ts';

const USAGE = `usage: npm run -s attack -- [options]
  --scale X         share of the 100,000 tokens, and of the 10,000 cases of each other part (default 1)
  --seed S          the same seed sends the same (default 1)
  --part NAME       only one part, such as tokens or "POST /executions/{id}/seal"
  --case I          only case I of each part, as a failure names it
  --json            one JSON object
`;

interface Options extends Scope {
  readonly json: boolean;
}

async function readOptions(args: readonly string[]): Promise<Options | undefined> {
  const text = { type: 'string' } as const;
  const flag = { type: 'boolean', default: false } as const;
  const options = { scale: text, seed: text, part: text, case: text, json: flag, help: HELP };
  const { values } = parse({ args: [...args], options });
  if (values.help) return undefined;
  const { scale = '1', seed = '1', part, case: only, json } = values;
  if (!/^\d{1,3}(\.\d{1,6})?$/.test(scale) || Number(scale) === 0) {
    throw new UsageError(`--scale is "${scale}"; it must be a number over 0.`);
  }
  const names = (await partsOf()).map(({ name }) => name);
  if (part !== undefined && !names.includes(part)) {
    throw new UsageError(`There is no part "${part}". There are: ${names.join(', ')}.`);
  }
  const index = only === undefined ? undefined : wholeNumber('case', only);
  return { seed: wholeNumber('seed', seed), scale: Number(scale), part, only: index, json };
}

const options = await readOrExit(USAGE, () => readOptions(process.argv.slice(2)));
const { result, printed } = await listen(() => attack(options));
const { rows, failures } = result;
const faults = rows.reduce((sum, row) => sum + FAULTS.reduce((all, fault) => all + row[fault], 0), 0);
if (options.json) process.stdout.write(`${JSON.stringify({ seed: options.seed, rows, printed, failures }, null, 2)}\n`);
else print(rows, failures);
process.exitCode = faults > 0 || printed > 0 ? 1 : 0;

function print(all: readonly Row[], wrong: readonly Failure[]): void {
  const line = (cells: readonly unknown[]) =>
    cells.map((cell, i) => (i === 0 ? String(cell).padEnd(52) : String(cell).padStart(13))).join('');
  const [first] = all;
  const lines = [Object.keys(first ?? {}), ...all.map((row) => Object.values(row))].map(line);
  for (const { part, index, faults: found, what } of wrong) {
    lines.push(
      `${found.join(', ')}: npm run -s attack -- --seed ${options.seed} --part "${part}" --case ${index}`,
      what,
    );
  }
  lines.push(`${faults} faults, ${printed} lines with a payload on the console`);
  process.stdout.write(`${lines.join('\n')}\n`);
}

/** Holds back printed lines during the attack and counts the lines with a payload. */
async function listen<T>(run: () => Promise<T>): Promise<{ readonly result: T; readonly printed: number }> {
  const streams = [process.stdout, process.stderr];
  const writes = streams.map((stream) => stream.write);
  let lines = 0;
  for (const stream of streams) {
    stream.write = (chunk: string | Uint8Array) => {
      if (String(chunk).includes(CANARY)) lines += 1;
      return true;
    };
  }
  try {
    const result = await run();
    return { result, printed: lines };
  } finally {
    streams.forEach((stream, i) => {
      const write = writes[i];
      if (write) stream.write = write;
    });
  }
}
