/** Parses command lines. An error in the arguments is printed as one line, before any action. */
import { type ParseArgsConfig, parseArgs } from 'node:util';

export class UsageError extends Error {
  override readonly name = 'UsageError';
}

export const HELP = { type: 'boolean', short: 'h', default: false } as const;

/** @throws UsageError */
export function parse<T extends ParseArgsConfig>(config: T): ReturnType<typeof parseArgs<T>> {
  try {
    return parseArgs(config);
  } catch (error) {
    // Only Node's first sentence names the error. The others give advice that does not apply here.
    const [sentence = ''] = (error as Error).message.split(/\.\s|\n/);
    throw new UsageError(sentence.replace(/argument (is ambiguous|missing)/, 'needs a value').replace(/\.?$/, '.'));
  }
}

/** @throws UsageError */
export function wholeNumber(name: string, text: string): number {
  if (!/^\d{1,15}$/.test(text)) throw new UsageError(`--${name} is "${text}"; it must be a whole number.`);
  return Number(text);
}

/**
 * Returns what `read` returns for the arguments. When `read` returns `undefined`, help was requested: prints the usage and
 * ends the process. After a `UsageError` the process ends with exit code 2.
 */
export async function readOrExit<T>(usage: string, read: () => T | undefined | Promise<T | undefined>): Promise<T> {
  try {
    const options = await read();
    if (options !== undefined) return options;
    process.stdout.write(usage);
    process.exit(0);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    process.stderr.write(`${error.message}\n${usage}`);
    process.exit(2);
  }
}
