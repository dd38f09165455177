/** Runs the parts of the attack in order. Each case has its own seed, so a case can be run alone. */
import { loadService, routesOf } from '../../infra/local/service/service.ts';
import type { HttpEvent } from '../../lib/adapters/lambda/http/body.ts';
import { request } from '../lambda/support.ts';
import { type Chooser, createRandomChooser } from '../sim/world/chooser.ts';
import { documentAttack, isRefusal } from './inputs/documents.ts';
import { createFrontAttack } from './inputs/front.ts';
import { announcementAttack, messageAttack, WAKE } from './inputs/messages.ts';
import { requestAttack, validOf } from './inputs/requests.ts';
import { targetOf } from './inputs/routes.ts';
import { tokenAttack } from './inputs/tokens.ts';
import { count, describeCase, emptyRow, type Failure, type Outcome, type Row } from './tally.ts';
import { createWorld, type World } from './world.ts';

const TOKENS = 100_000;
const EACH = 10_000;
/** Cases of each part. */
const FAILURES_KEPT = 5;

export interface Scope {
  readonly seed: number;
  readonly scale: number;
  /** Only this part. */
  readonly part?: string | undefined;
  /** Only this case of each part. */
  readonly only?: number | undefined;
}

type Attacked = Omit<Outcome, 'stored' | 'lines'> & { readonly sent: unknown };

interface Part {
  readonly name: string;
  readonly cases: number;
  /** Undefined if no part of the request can be made invalid. */
  readonly attack: (world: World, chooser: Chooser) => Promise<Attacked | undefined>;
  /** The unmodified request. Default: `GET` of a callback. */
  readonly control?: (world: World) => Promise<Pick<Attacked, 'status' | 'answer'>>;
  readonly end?: () => Promise<void>;
}

export async function partsOf(): Promise<readonly Part[]> {
  const routes = routesOf(await loadService('dev'));
  const keys = routes.map(({ method, path }) => `${method} ${path}`);
  return [
    { name: 'tokens', cases: TOKENS, attack: attackToken },
    // The route reads only the token.
    ...keys
      .filter((key) => key !== 'GET /callbacks/{token}')
      .map((name) => ({ name, cases: EACH, attack: attackRoute(name), control: over(validRequest(name)) })),
    { name: 'local host', cases: EACH, ...localHost() },
    { name: 'queue messages', cases: EACH, ...messages(messageAttack, ({ step }) => step) },
    { name: 'announcements', cases: EACH, ...messages(announcementAttack, ({ announce }) => announce) },
    { name: 'documents', cases: EACH, attack: attackDocument },
  ];
}

export async function attack(scope: Scope): Promise<{ readonly rows: readonly Row[]; readonly failures: Failure[] }> {
  const failures: Failure[] = [];
  const rows: Row[] = [];
  for (const part of (await partsOf()).filter(({ name }) => (scope.part ?? name) === name)) {
    rows.push(await attackPart(part, scope, failures));
  }
  return { rows, failures };
}

async function attackPart(part: Part, scope: Scope, failures: Failure[]): Promise<Row> {
  const { name, control = over(validToken), end } = part;
  const row = emptyRow(name);
  try {
    // Success: the unmodified request was accepted and changed nothing.
    const { status = 500, answer } = await control(await attackCases(part, scope, row, failures));
    if (status < 300) return row;
    throw new Error(`The control of ${name} is answered with ${status}, so the attack shows nothing: ${answer}`);
  } finally {
    await end?.();
  }
}

/** Sends the request and answers the state of the world at that time. */
async function attackCases({ name, cases, attack }: Part, scope: Scope, row: Row, failures: Failure[]): Promise<World> {
  let world = await createWorld();
  const [from, to] = scope.only === undefined ? [0, Math.ceil(cases * scope.scale)] : [scope.only, scope.only + 1];
  for (let index = from; index < to; index += 1) {
    const writes = world.writes();
    const done = await attack(world, createRandomChooser(scope.seed + index * 2 ** 32));
    if (!done) break;
    const { sent, ...result } = done;
    const outcome = { ...result, stored: world.writes() > writes, lines: world.lines.splice(0) };
    const faults = count(row, outcome);
    if (faults.length > 0 && failures.filter(({ part }) => part === name).length < FAILURES_KEPT) {
      failures.push({ part: name, index, faults, what: describeCase(sent, outcome) });
    }
    // Discards accepted work, so that later cases are independent of it.
    if (outcome.stored) world = await createWorld();
  }
  return world;
}

function over(valid: (world: World) => HttpEvent): NonNullable<Part['control']> {
  return async (world) => {
    const { statusCode: status, body: answer } = await world.http(valid(world));
    return { status, answer };
  };
}

function validToken({ token }: World): HttpEvent {
  return request('GET /callbacks/{token}', { path: { token } });
}

async function attackToken(world: World, chooser: Chooser): Promise<Attacked> {
  const sent = tokenAttack(world, chooser);
  const { statusCode: status, body: answer } = await world.http(sent);
  const { body: uniform } = await world.http(request(sent.routeKey, { path: { token: 'none' } }));
  return { sent, status, answer, accepted: status < 400, broken: status !== 404 || answer !== uniform };
}

/** For a route without a known valid request, only its path is attacked. */
function validRequest(routeKey: string) {
  return (world: World) => {
    const target = targetOf(routeKey, world);
    return target.isKnown ? validOf(target) : validToken(world);
  };
}

function attackRoute(routeKey: string): Part['attack'] {
  return async (world, chooser) => {
    const sent = requestAttack(targetOf(routeKey, world), chooser);
    if (!sent) return undefined;
    const { statusCode: status, body: answer } = await world.http(sent);
    return { sent, status, answer, accepted: status < 400 };
  };
}

function localHost(): Omit<Part, 'name' | 'cases'> {
  const { attack, control, end } = createFrontAttack();
  return {
    async attack(world, chooser) {
      const { isShared, status, ...rest } = await attack(world, chooser);
      // A request that was cut off has no answer.
      return { ...rest, ...(status === undefined ? {} : { status, accepted: status < 400 }), broken: isShared };
    },
    control,
    end,
  };
}

function messages(
  make: (chooser: Chooser) => string,
  doorOf: (world: World) => World['step'],
): Omit<Part, 'name' | 'cases'> {
  return {
    async attack(world, chooser) {
      const sent = Array.from({ length: chooser.between(1, 10) }, () => make(chooser));
      try {
        const { batchItemFailures: failed } = await doorOf(world)(sent);
        return { sent, answer: JSON.stringify(failed), accepted: failed.length < sent.length };
      } catch (error) {
        return { sent, answer: String(error), broken: true };
      }
    },
    async control(world) {
      const { batchItemFailures: failed } = await doorOf(world)([JSON.stringify(WAKE)]);
      return { status: failed.length === 0 ? 200 : 500, answer: JSON.stringify(failed) };
    },
  };
}

/** A mutation may leave a document valid. Such a document must be accepted and is counted apart. */
async function attackDocument(world: World, chooser: Chooser): Promise<Attacked> {
  const { document, take } = documentAttack(world, chooser);
  const sent = { toJSON: () => describe(document) };
  try {
    await take(world);
    return { sent, valid: true };
  } catch (error) {
    const answer = error instanceof Error ? (error.stack ?? error.message) : String(error);
    return { sent, answer, broken: !isRefusal(error) };
  }
}

function describe(document: unknown): unknown {
  try {
    return JSON.parse(JSON.stringify(document) ?? 'null');
  } catch {
    return 'a document that has no JSON';
  }
}
