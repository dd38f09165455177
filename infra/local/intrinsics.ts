/** The part of CloudFormation and of the Serverless variables that `serverless.yml` uses, resolved without AWS. */
import { parse, type ScalarTag, type YAMLSeq } from 'yaml';

/** What `!Ref` and `!GetAtt` answer: `FlowTable`, `WakeQueue.Arn`, `AWS::Region`, … */
export type Lookup = (name: string) => string | undefined;

const TAGS = [
  scalarTag('!Ref', (text) => ({ Ref: text })),
  scalarTag('!GetAtt', (text) => ({ 'Fn::GetAtt': text.split('.') })),
  scalarTag('!Sub', (text) => ({ 'Fn::Sub': text })),
  {
    tag: '!GetAtt',
    collection: 'seq' as const,
    resolve: (node: unknown) => ({ 'Fn::GetAtt': (node as YAMLSeq).toJSON() as unknown }),
  },
];

/** YAML with the short forms of CloudFormation's functions. */
export function parseCloudFormation(text: string): unknown {
  return parse(text, { customTags: TAGS });
}

/** Replaces `${sls:stage}` and `${self:…}` everywhere; others (`${AWS::Region}`, `${file(…)}`) stay as they are. */
export function fillVariables(document: unknown, stage: string): unknown {
  const fill = (text: string): string =>
    text.replaceAll(/\$\{(sls|self):([\w.-]+)\}/g, (whole, source: string, path: string) => {
      const value = source === 'sls' ? (path === 'stage' ? stage : undefined) : at(document, path);
      if (typeof value !== 'string') throw new Error(`serverless.yml: ${whole} is not known to the local host.`);
      return fill(value);
    });
  return mapStrings(document, fill);
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

function at(document: unknown, path: string): unknown {
  let value = document;
  for (const key of path.split('.')) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined;
    value = (value as Record<string, unknown>)[key];
  }
  return value;
}

function mapStrings(value: unknown, change: (text: string) => string): unknown {
  if (typeof value === 'string') return change(value);
  if (Array.isArray(value)) return value.map((item) => mapStrings(item, change));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, mapStrings(item, change)]));
}
