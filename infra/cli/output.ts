/** Standard output. When its reader has ended, as `head` does, the program ends quietly. */
import { once } from 'node:events';
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

/** The answer of a command that prints itself: text for people, or one line of JSON. */
export async function tell(isJson: boolean, text: string, data: unknown): Promise<void> {
  await print(isJson ? `${JSON.stringify(data)}\n` : text);
}
