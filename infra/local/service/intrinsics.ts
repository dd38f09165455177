/** Resolves the CloudFormation intrinsics and Serverless variables that `serverless.yml` uses, without AWS. */
import { parse, type ScalarTag, type YAMLSeq } from 'yaml';

/** Resolves the names of `!Ref` and `!GetAtt`: `FlowTable`, `WakeQueue.Arn`, `AWS::Region`, … */
export type Lookup = (name: string) => string | undefined;

const TAGS = [
  scalarTag('!Ref', (text) => ({ Ref: text })),
  scalarTag('!GetAtt', (text) => ({ 'Fn::GetAtt': text.split('.') })),
  scalarTag('!Sub', (text) => ({ 'Fn::Sub': text })),
  listTag('!GetAtt', 'Fn::GetAtt'),
  ...['If', 'Not', 'Equals', 'Join'].map((name) => listTag(`!${name}`, `Fn::${name}`)),
];

/** Parses YAML with the short forms of CloudFormation's functions. */
export function parseCloudFormation(text: string): unknown {
  return parse(text, { customTags: TAGS });
}

const VARIABLE = /\$\{(sls|self|param):([\w.-]+)\}/;

/**
 * Replaces `${sls:stage}`, `${self:…}` and `${param:…}` everywhere. Other variables (`${AWS::Region}`, `${file(…)}`) stay
 * unchanged. A text that consists of one variable becomes its value, of any type.
 * @param document the document in which variables are looked up; default: `value`
 * @param given overrides the `params` of the document, as `--param` does
 */
export function fillVariables(
  value: unknown,
  stage: string,
  document: unknown = value,
  given: Readonly<Record<string, string>> = {},
): unknown {
  const lookup = (whole: string, source: string, path: string): unknown => {
    const found =
      source === 'self'
        ? at(document, path)
        : source === 'param'
          ? (given[path] ?? at(document, `params.${stage}.${path}`) ?? at(document, `params.default.${path}`))
          : path === 'stage'
            ? stage
            : undefined;
    if (found === undefined) throw new Error(`serverless.yml: ${whole} is not known to the local host.`);
    return mapStrings(found, fill);
  };
  const fill = (text: string): unknown => {
    const [found, source = '', path = ''] = VARIABLE.exec(text) ?? [];
    if (found === undefined) return text;
    const value = lookup(found, source, path);
    return found === text ? value : fill(text.replace(found, () => String(value)));
  };
  return mapStrings(value, fill);
}

/** The text of a value that may be a `Ref`, `Fn::GetAtt` or `Fn::Sub`. */
export function resolveText(value: unknown, lookup: Lookup): string {
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return String(value);
  const [[fn, argument] = []] = Object.entries(value ?? {});
  if (fn === 'Ref') return find(String(argument), lookup);
  if (fn === 'Fn::GetAtt') return find([argument].flat().join('.'), lookup);
  if (fn === 'Fn::Sub' && typeof argument === 'string') {
    return argument.replaceAll(/\$\{([^}]+)\}/g, (_, name: string) => find(name, lookup));
  }
  throw new Error(`serverless.yml: the local host cannot resolve ${JSON.stringify(value)}.`);
}

function find(name: string, lookup: Lookup): string {
  const value = lookup(name);
  if (value === undefined) throw new Error(`serverless.yml: the local host has no resource "${name}".`);
  return value;
}

function scalarTag(tag: string, make: (text: string) => unknown): ScalarTag {
  return { tag, resolve: (text) => make(text) };
}

function listTag(tag: string, name: string) {
  return {
    tag,
    collection: 'seq' as const,
    resolve: (node: unknown) => ({ [name]: (node as YAMLSeq).toJSON() as unknown }),
  };
}

export function at(document: unknown, path: string): unknown {
  let value = document;
  for (const key of path.split('.')) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined;
    value = (value as Record<string, unknown>)[key];
  }
  return value;
}

function mapStrings(value: unknown, change: (text: string) => unknown): unknown {
  if (typeof value === 'string') return change(value);
  if (Array.isArray(value)) return value.map((item) => mapStrings(item, change));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, mapStrings(item, change)]));
}
