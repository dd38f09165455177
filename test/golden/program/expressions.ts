/** The expressions of chunk programs and conditions (README.md, "Expressions"). */
import { canon, isObject, type Json, type JsonObject, NotBuilt } from '../format.ts';

/** The values of references. */
export interface Scope {
  readonly input: Json;
  readonly vars: ReadonlyMap<string, Json>;
  readonly isResume: boolean;
  readonly resume: Json;
  state(path: string): Promise<Json | undefined>;
  flowData(path: string): Promise<Json | undefined>;
  resource(key: string): unknown;
}

export async function evaluate(expression: Json, scope: Scope): Promise<Json> {
  if (Array.isArray(expression)) return Promise.all(expression.map((each: Json) => evaluate(each, scope)));
  if (!isObject(expression)) return expression;
  if ('$' in expression) return refer(expression, scope);
  const [operator, ...more] = Object.keys(expression);
  if (operator?.startsWith('$') && more.length === 0) {
    const argument = expression[operator] ?? null;
    return operator === '$lit' ? argument : operate(operator, argument, scope);
  }
  const members = Object.entries(expression).map(
    async ([key, member]) => [key, await evaluate(member, scope)] as const,
  );
  return Object.fromEntries(await Promise.all(members));
}

async function refer(reference: JsonObject, scope: Scope): Promise<Json> {
  const key = String(reference.key ?? '');
  const orDefault = (found: Json | undefined): Json => found ?? reference.default ?? null;
  switch (reference.$) {
    case 'input':
      return scope.input;
    case 'state':
      return orDefault(await scope.state(key));
    case 'flow_data':
      return orDefault(await scope.flowData(key));
    case 'resource':
      return orDefault(scope.resource(key) as Json | undefined);
    case 'resume':
      return scope.resume;
    case 'is_resume':
      return scope.isResume;
    case 'var':
      return scope.vars.get(String(reference.name)) ?? null;
    default:
      throw new NotBuilt(`reference ${canon(reference.$)}`);
  }
}

async function operate(operator: string, argument: Json, scope: Scope): Promise<Json> {
  if (operator === '$if') {
    const [condition, then, otherwise] = argument as readonly Json[];
    const chosen = isTruthy(await evaluate(condition ?? null, scope)) ? then : otherwise;
    return evaluate(chosen ?? null, scope);
  }
  const value = await evaluate(argument, scope);
  const all = Array.isArray(value) ? (value as readonly Json[]) : [value];
  const [a = null, b = null] = all;
  const [x, y] = all.map(Number) as [number, number];
  switch (operator) {
    case '$concat':
      return all.map((each) => (typeof each === 'string' ? each : canon(each))).join('');
    case '$add':
      return all.reduce<number>((sum, each) => sum + Number(each), 0);
    case '$mul':
      return all.reduce<number>((product, each) => product * Number(each), 1);
    case '$sub':
      return x - y;
    case '$mod':
      return ((x % y) + y) % y;
    case '$get':
      return pick(a, b);
    case '$eq':
      return canon(a) === canon(b);
    case '$ne':
      return canon(a) !== canon(b);
    case '$lt':
      return x < y;
    case '$le':
      return x <= y;
    case '$gt':
      return x > y;
    case '$ge':
      return x >= y;
    case '$and':
      return all.every(isTruthy);
    case '$or':
      return all.some(isTruthy);
    case '$not':
      return !isTruthy(value);
    case '$in':
      return Array.isArray(b) && b.some((each) => canon(each) === canon(a));
    case '$len':
      return lengthOf(value);
    case '$sort':
      return all.toSorted((p, q) => (canon(p) < canon(q) ? -1 : 1));
    case '$range':
      return Array.from({ length: Number(value) }, (_, i) => i);
    case '$append':
      return [...(Array.isArray(a) ? (a as readonly Json[]) : []), b];
    case '$is_list':
      return Array.isArray(value);
    default:
      throw new NotBuilt(`operator ${operator}`);
  }
}

function pick(value: Json, path: Json): Json {
  const steps = Array.isArray(path) ? (path as readonly Json[]) : [path];
  let at: Json | undefined = value;
  for (const step of steps) {
    if (Array.isArray(at)) at = (at as readonly Json[]).at(Number(step));
    else if (isObject(at)) at = Object.hasOwn(at, String(step)) ? at[String(step)] : undefined;
    else at = undefined;
  }
  return at ?? null;
}

function lengthOf(value: Json): number {
  if (Array.isArray(value) || typeof value === 'string') return value.length;
  return isObject(value) ? Object.keys(value).length : 0;
}

/** As in Python: empty collections and texts are false. */
export function isTruthy(value: Json): boolean {
  if (Array.isArray(value)) return value.length > 0;
  if (isObject(value)) return Object.keys(value).length > 0;
  return Boolean(value);
}
