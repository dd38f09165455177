/** Evaluates IAM policies, as far as this project uses them: wildcards, conditions on texts; `Deny` wins. */
import { z } from 'zod';

const Texts = z.union([z.string(), z.array(z.string())]).transform((one) => [one].flat());
const Conditions = z.record(z.string(), z.record(z.string(), Texts));

export const Statement = z.object({
  Sid: z.string().optional(),
  Effect: z.enum(['Allow', 'Deny']),
  Action: Texts,
  Resource: Texts,
  Condition: Conditions.default({}),
});
export type Statement = z.infer<typeof Statement>;

export interface Request {
  readonly action: string;
  readonly resource: string;
  /** Condition keys that the service gives. */
  readonly context?: Readonly<Record<string, string>>;
}

export function allows(statements: readonly Statement[], request: Request): boolean {
  const effects = statements.filter((statement) => isAbout(statement, request)).map(({ Effect }) => Effect);
  return effects.includes('Allow') && !effects.includes('Deny');
}

function isAbout(statement: Statement, { action, resource, context = {} }: Request): boolean {
  return (
    statement.Action.some((pattern) => like(action, pattern, 'i')) &&
    statement.Resource.some((pattern) => like(resource, pattern)) &&
    holds(statement.Condition, context)
  );
}

function holds(conditions: z.infer<typeof Conditions>, context: Readonly<Record<string, string>>): boolean {
  return Object.entries(conditions).every(([operator, keys]) =>
    Object.entries(keys).every(([key, wanted]) => {
      const given = context[key];
      if (given === undefined) return operator.endsWith('IfExists');
      return wanted.some((pattern) => test(operator.replace(/IfExists$/, ''), given, pattern));
    }),
  );
}

function test(operator: string, given: string, wanted: string): boolean {
  if (operator === 'StringEquals') return given === wanted;
  // For ARNs the two are the same: both take wildcards.
  if (operator === 'ArnEquals' || operator === 'ArnLike') return like(given, wanted);
  throw new Error(`The condition operator ${operator} is not known here.`);
}

function like(text: string, pattern: string, flags = ''): boolean {
  const source = pattern
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${source}$`, flags).test(text);
}

/** Fills `Ref`, `Fn::Sub`, `Fn::GetAtt` and `Fn::If` of a document. Conditions hold where `given` has them as `true`. */
export function fill(value: unknown, given: Readonly<Record<string, unknown>>): unknown {
  if (Array.isArray(value)) return value.map((each) => fill(each, given)).filter((each) => each !== undefined);
  if (value === null || typeof value !== 'object') return value;
  const of = (name: string): unknown => {
    if (name === 'AWS::NoValue') return undefined;
    if (!Object.hasOwn(given, name)) throw new Error(`The document asks for ${name}, which is not given.`);
    return given[name];
  };
  if ('Ref' in value) return of(String(value.Ref));
  if ('Fn::GetAtt' in value) return of([value['Fn::GetAtt']].flat().join('.'));
  if ('Fn::Sub' in value) return String(value['Fn::Sub']).replace(/\$\{([^}]+)\}/g, (_, name) => String(of(name)));
  if ('Fn::If' in value) {
    const [condition, then, otherwise] = value['Fn::If'] as [string, unknown, unknown];
    return fill(given[condition] === true ? then : otherwise, given);
  }
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, fill(member, given)]));
}
