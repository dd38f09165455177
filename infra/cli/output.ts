/** Standard output. When its reader has ended, as `head` does, the program ends quietly. */
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { CliError, EXIT, errorJson } from './problems.ts';

process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0);
  const problem = new CliError('failed', `The output cannot be written: ${error.message}.`);
  process.stderr.write(`${process.argv.includes('--json') ? errorJson(problem) : problem.message}\n`);
  process.exit(EXIT.failed);
});

/** Waits while the reader is slow, so that a long list is not held in memory. */
export async function print(text: string): Promise<void> {
  if (text !== '' && !process.stdout.write(text)) await once(process.stdout, 'drain');
}

/** Milliseconds in which a reader such as `head` ends once it has had enough. */
const PARTING = 100;

/**
 * Prints lines after which nothing may come for long. A pipe tells only at a write that its reader has ended, so the last line
 * is written a moment after the others: `history --follow | head -n 1` ends at once.
 */
export async function printOpen(text: string): Promise<void> {
  const last = text.lastIndexOf('\n', text.length - 2) + 1;
  if (last > 0 && process.stdout.isTTY !== true) {
    await print(text.slice(0, last));
    await sleep(PARTING);
  }
  await print(last > 0 && process.stdout.isTTY !== true ? text.slice(last) : text);
}

/** The answer of a command that prints itself: text for people, or one line of JSON. */
export async function tell(isJson: boolean, text: string, data: unknown): Promise<void> {
  await print(isJson ? `${JSON.stringify(data)}\n` : text);
}
