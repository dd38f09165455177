/** Runs handlers as Lambda does: one context per invocation, answers copied through JSON, an error at the timeout. */
import { randomUUID } from 'node:crypto';
import { pathToFileURL } from 'node:url';
import type { Context } from 'aws-lambda';

export type Handler = (event: unknown, context: Context) => unknown;

export interface LocalFunction {
  /** Service, stage and name, as on AWS. */
  readonly name: string;
  readonly timeoutSeconds: number;
  readonly memoryMb: number;
  readonly handler: Handler;
}

/** Resolves to the answer of the function. @throws the error of the handler, or an error at the function's timeout */
export type Invoke = (fn: string, event: unknown) => Promise<unknown>;

export function createInvoke(functions: ReadonlyMap<string, LocalFunction>): Invoke {
  return async (fn, event) => {
    const target = functions.get(fn);
    if (!target) throw new Error(`serverless.yml has no function "${fn}".`);
    const until = Date.now() + target.timeoutSeconds * 1000;
    let timer: NodeJS.Timeout | undefined;
    const timeout = new Promise<never>((_, reject) => {
      const fail = () => reject(new Error(`${target.name}: task timed out after ${target.timeoutSeconds} seconds.`));
      timer = setTimeout(fail, until - Date.now());
    });
    try {
      const work = Promise.resolve(target.handler(throughJson(event), contextOf(target, until)));
      return throughJson(await Promise.race([work, timeout]));
    } finally {
      clearTimeout(timer);
    }
  };
}

/** Imports the handler of a bundle as a new module instance, so that it reads the present environment. */
export async function importHandler(file: string, exported = 'handler'): Promise<Handler> {
  const module = (await import(`${pathToFileURL(file).href}?${randomUUID()}`)) as Record<string, unknown>;
  const handler = module[exported];
  if (typeof handler !== 'function') throw new Error(`${file} exports no function "${exported}".`);
  return handler as Handler;
}

function contextOf(target: LocalFunction, until: number): Context {
  const ignore = () => undefined;
  return {
    callbackWaitsForEmptyEventLoop: true,
    functionName: target.name,
    functionVersion: '$LATEST',
    invokedFunctionArn: `arn:aws:lambda:us-east-1:000000000000:function:${target.name}`,
    memoryLimitInMB: String(target.memoryMb),
    awsRequestId: randomUUID(),
    logGroupName: `/aws/lambda/${target.name}`,
    logStreamName: 'local',
    getRemainingTimeInMillis: () => Math.max(0, until - Date.now()),
    done: ignore,
    fail: ignore,
    succeed: ignore,
  };
}

function throughJson(value: unknown): unknown {
  return value === undefined ? undefined : JSON.parse(JSON.stringify(value));
}
