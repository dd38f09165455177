/** Functions of the local host in threads, each with its own environment. */
import { fileURLToPath, pathToFileURL } from 'node:url';
import { Worker } from 'node:worker_threads';
import type { Handler } from '../../../infra/local/triggers/functions.ts';

interface Outcome {
  readonly id: number;
  readonly answer?: unknown;
  readonly error?: string;
}

export interface FunctionThread {
  readonly handler: Handler;
  /** Its output. */
  output(): string;
  close(): Promise<unknown>;
}

/** @param env overrides variables of this process */
export function startThread(file: string, exported: string, env: Readonly<Record<string, string>>): FunctionThread {
  const thread = new Worker(fileURLToPath(new URL('function-thread.cjs', import.meta.url)), {
    workerData: { url: pathToFileURL(file).href, exported },
    env: { ...process.env, ...env },
    stdout: true,
  });
  const waiting = new Map<number, (outcome: Outcome) => void>();
  let invocations = 0;
  let printed = '';
  thread.stdout.on('data', (part: Buffer) => {
    printed += part.toString();
  });
  thread.on('message', (outcome: Outcome) => waiting.get(outcome.id)?.(outcome));
  return {
    async handler(event, context) {
      invocations += 1;
      const id = invocations;
      const outcome = new Promise<Outcome>((done) => waiting.set(id, done));
      thread.postMessage({ id, event, left: context.getRemainingTimeInMillis() });
      const { answer, error } = await outcome;
      waiting.delete(id);
      if (error !== undefined) throw new Error(error);
      return answer;
    },
    output: () => printed,
    close: () => thread.terminate(),
  };
}
