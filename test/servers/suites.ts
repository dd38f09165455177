/**
 * Runs test files, each in a process of its own, and judges what ran: a test that is skipped or never reached fails nothing
 * by itself.
 */
import { run } from 'node:test';
import { spec } from 'node:test/reporters';

export interface Suites {
  readonly files: readonly string[];
  /** Overrides of the environment; `undefined` removes a variable. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Groups of tests: the name of a top-level test or suite up to the first ` / `. */
  readonly mustRun: readonly string[];
}

/** Returns the exit code: 0 when no test failed and every group of `mustRun` ran completely. */
export async function runSuites({ files, env, mustRun }: Suites): Promise<number> {
  for (const [name, value] of Object.entries(env)) {
    if (value === undefined) delete process.env[name];
    else process.env[name] = value;
  }
  const tally = createTally();
  const events = run({ files: [...files], concurrency: 2 });
  events.on('test:pass', tally.passed).on('test:fail', tally.failed);
  for await (const text of events.compose(new spec())) process.stdout.write(String(text));
  const missing = tally.missing(mustRun);
  for (const line of missing) process.stdout.write(`must run here: ${line}\n`);
  return tally.failures() + missing.length > 0 ? 1 : 0;
}

/** The fields of a test runner event that the tally needs. */
export interface Finished {
  readonly name: string;
  readonly nesting: number;
  readonly skip?: string | boolean | undefined;
  readonly todo?: string | boolean | undefined;
  readonly details: { readonly type?: string | undefined };
}

interface Group {
  passed: number;
  readonly leftOut: string[];
}

export function createTally() {
  const groups = new Map<string, Group>();
  // Members of a suite precede the suite itself: the runner reports one file after the other.
  let open: Finished[] = [];
  let failures = 0;

  const count = (name: string, test: Finished) => {
    const group = groups.get(name) ?? { passed: 0, leftOut: [] };
    groups.set(name, group);
    const why = test.skip || test.todo;
    if (!why) group.passed += 1;
    else group.leftOut.push(why === true ? test.name : `${test.name}: ${why}`);
  };

  const passed = (test: Finished): void => {
    if (test.details.type !== 'suite' || test.skip || test.todo) open.push(test);
    if (test.nesting > 0) return;
    const [name = ''] = test.name.split(' / ');
    for (const each of open) count(name, each);
    open = [];
  };

  return {
    passed,
    failed(test: Finished): void {
      if (!test.todo) failures += 1;
      if (test.nesting === 0) open = [];
    },
    failures: () => failures,
    /** One line for each group that did not run completely. */
    missing(names: readonly string[]): string[] {
      return names.flatMap((name) => {
        const { passed: ran = 0, leftOut = [] } = groups.get(name) ?? {};
        if (leftOut.length > 0) return [`${name}, but left out: ${leftOut.join('; ')}`];
        return ran === 0 ? [`${name}, but nothing of it passed`] : [];
      });
    },
  };
}
