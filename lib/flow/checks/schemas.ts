/**
 * Finds schemas that no stored value can satisfy. Values are stored as JSON and parsed synchronously inside commits, so schemas
 * for a Date, for example, or with asynchronous code are rejected at definition.
 */
import type { core, ZodType } from 'zod';
import { invalid } from './definition.ts';

/** Schema types whose values are never JSON, by zod's name. */
const NOT_JSON: Readonly<Record<string, string>> = {
  bigint: 'a BigInt',
  date: 'a Date',
  file: 'a File',
  function: 'a function',
  map: 'a Map',
  nan: 'NaN',
  promise: 'a promise',
  set: 'a Set',
  symbol: 'a symbol',
  undefined: 'undefined',
  void: 'undefined',
};

/** Which values of a schema must be JSON: its input (`given`), its output (`gives`). */
interface Sides {
  readonly given: boolean;
  readonly gives: boolean;
}

interface Problem {
  readonly path: string;
  readonly what: string;
}

/** @throws FlowError `definition_invalid` if no JSON fits the schema, its output is not JSON, or it is asynchronous */
export function checkSchema(where: string, schema: ZodType): void {
  const problem = schemaProblem(where, schema);
  if (problem) throw invalid(problem.message, { path: problem.path });
}

export function schemaProblem(
  where: string,
  schema: ZodType,
): { readonly message: string; readonly path: string } | undefined {
  const walk = new Walk();
  const never = schema._zod.def.type === 'never';
  const [problem] = never ? [{ path: '', what: 'nothing' }] : walk.problems(schema, BOTH);
  if (problem) {
    const { path, what } = problem;
    const at = path === '' ? '' : `, at "${path}",`;
    const advice = 'Use text, numbers, lists or objects, such as z.iso.datetime() for a time';
    return {
      message: `The schema of ${where}${at} is for ${what}, but only JSON can be stored and sent. ${advice}.`,
      path,
    };
  }
  if (!walk.isAsync) return undefined;
  return {
    message: `The schema of ${where} has an asynchronous refinement or transform, but schemas are parsed synchronously. Do that check in a chunk.`,
    path: '',
  };
}

const conversions = new WeakMap<ZodType, boolean>();

/** Whether user code changes values while the schema is parsed, so that parsing its output may give something else. */
export function converts(schema: ZodType): boolean {
  const known = conversions.get(schema);
  if (known !== undefined) return known;
  const walk = new Walk();
  walk.problems(schema, BOTH);
  conversions.set(schema, walk.converts);
  return walk.converts;
}

const BOTH: Sides = { given: true, gives: true };

class Walk {
  isAsync = false;
  converts = false;
  /** Problems by schema and sides. An entry made before the visit ends recursion in schemas that contain themselves. */
  readonly #known = new Map<core.$ZodType, Map<string, readonly Problem[]>>();

  problems(schema: core.$ZodType, sides: Sides): readonly Problem[] {
    const known = this.#known.get(schema) ?? new Map<string, readonly Problem[]>();
    this.#known.set(schema, known);
    const key = JSON.stringify(sides);
    const before = known.get(key);
    if (before) return before;
    known.set(key, []);
    this.#lookAtCode(schema);
    const found = this.#find(schema, sides);
    known.set(key, found);
    return found;
  }

  #find(schema: core.$ZodType, sides: Sides): readonly Problem[] {
    const { def } = (schema as core.$ZodTypes)._zod;
    switch (def.type) {
      case 'object':
        return [
          ...Object.entries(def.shape).flatMap(([name, member]) => this.#member(name, member, sides)),
          ...(def.catchall ? this.#member('*', def.catchall, sides) : []),
        ];
      case 'array':
        return this.#inside('*', def.element, sides);
      case 'tuple':
        return [
          ...def.items.flatMap((item, i) => this.#inside(String(i), item, sides)),
          ...(def.rest ? this.#inside('*', def.rest, sides) : []),
        ];
      case 'record':
        return this.#inside('*', def.valueType, sides);
      case 'union':
        return this.#union(def.options, sides);
      case 'intersection':
        return [...this.problems(def.left, sides), ...this.problems(def.right, sides)];
      case 'optional':
        return isAbsent(def.innerType) ? [] : this.problems(def.innerType, sides);
      case 'nullable':
      case 'default':
      case 'prefault':
      case 'catch':
      case 'readonly':
      case 'nonoptional':
        return this.problems(def.innerType, sides);
      case 'success':
        return this.problems(def.innerType, { ...sides, gives: false });
      case 'lazy':
        return this.problems(def.getter(), sides);
      case 'pipe':
        return [
          ...this.problems(def.in, { given: sides.given, gives: false }),
          ...this.problems(def.out, { given: false, gives: sides.gives }),
        ];
      case 'literal':
        return def.values.every((value) => value === undefined || typeof value === 'bigint')
          ? [{ path: '', what: def.values.length === 0 ? 'nothing' : String(def.values[0]) }]
          : [];
      case 'date':
      case 'bigint':
        // With coercion the input is JSON.
        return (sides.given && !def.coerce) || sides.gives ? notJson(def.type) : [];
      case 'custom':
        // z.instanceof stores its class in the bag.
        return memberOf(schema._zod.bag, 'Class') === undefined ? [] : [{ path: '', what: 'an instance of a class' }];
      default:
        return sides.given || sides.gives ? notJson(def.type) : [];
    }
  }

  /** A member whose only value is `undefined` is never stored, so it is no problem. */
  #member(step: string, schema: core.$ZodType, sides: Sides): readonly Problem[] {
    return isAbsent(schema) ? [] : this.#inside(step, schema, sides);
  }

  #inside(step: string, schema: core.$ZodType, sides: Sides): readonly Problem[] {
    return this.problems(schema, sides).map(({ path, what }) => ({ path: path ? `${step}.${path}` : step, what }));
  }

  /** At least one option must accept JSON, and the options that do must return JSON. */
  #union(options: readonly core.$ZodType[], { given, gives }: Sides): readonly Problem[] {
    const unfit = options.map((option) => this.problems(option, { given, gives: false }));
    const fitting = options.filter((_, i) => unfit[i]?.length === 0);
    if (fitting.length === 0) return unfit[0] ?? [];
    const found = fitting.map((option) => this.problems(option, { given: false, gives }));
    // Without input from outside code chooses the option, so one that returns JSON is enough.
    return given ? found.flat() : found.every(({ length }) => length > 0) ? (found[0] ?? []) : [];
  }

  #lookAtCode(schema: core.$ZodType): void {
    const { def } = schema._zod;
    const checks = (def.checks ?? []).flatMap((check) => [check._zod.check, memberOf(check._zod.def, 'fn')]);
    const code = [memberOf(def, 'fn'), memberOf(def, 'transform'), memberOf(def, 'tx'), ...checks];
    if (code.some(isAsyncFunction)) this.isAsync = true;
    if (memberOf(def, 'transform')) this.converts = true;
  }
}

function isAbsent(schema: core.$ZodType): boolean {
  const { type } = schema._zod.def;
  return type === 'undefined' || type === 'void';
}

function notJson(type: string): readonly Problem[] {
  const what = NOT_JSON[type];
  return what === undefined ? [] : [{ path: '', what }];
}

function memberOf(def: object, name: string): unknown {
  return Object.entries(def).find(([key]) => key === name)?.[1];
}

function isAsyncFunction(code: unknown): boolean {
  return Object.prototype.toString.call(code) === '[object AsyncFunction]';
}
