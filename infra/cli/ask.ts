/** Asks at the terminal before something that cannot be undone. */
import { createInterface } from 'node:readline/promises';
import { UsageError } from './usage.ts';

/** @param word that the answer must be @throws UsageError when it is another, or there is no terminal */
export async function confirm(word: string, what: string, output: NodeJS.WriteStream = process.stderr): Promise<void> {
  if (!process.stdin.isTTY) throw new UsageError(`There is no terminal to ask at. Repeat it with --yes to ${what}.`);
  const terminal = createInterface({ input: process.stdin, output });
  try {
    const answer = await terminal.question(`Type ${word} to ${what}: `);
    if (answer.trim() !== word) throw new UsageError('Nothing was changed.');
  } finally {
    terminal.close();
  }
}
