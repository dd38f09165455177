/** `when` of a case: the signals of a chain and the payload shape of the original. */
import type { Chunk, Env, Pipe } from '../../../lib/index.ts';
import { type Chain, isObject, type Json, list, text } from '../format.ts';
import type { CaseFlow } from './program.ts';

type AnyPipe = Pipe<Env, unknown>;
type NamedChunk = (name: string) => Chunk<unknown, unknown>;

interface Source {
  readonly type: 'event' | 'runtime_data' | 'flow_data' | 'collect';
  /** In the original's payloads. */
  readonly name: string;
  /** In ours. */
  readonly key: string;
  readonly listens: string | Chunk<unknown, unknown> | { state: string } | { flowData: string } | { collect: string };
}

/** The starting point of a chain. */
export function listen(flow: CaseFlow, { when, mode = 'and' }: Chain, position: number, chunk: NamedChunk): AnyPipe {
  if (when === undefined || when === null) return flow as AnyPipe;
  const sources = sourcesOf(when, chunk);
  const [first, ...more] = sources;
  if (!first) throw new Error('case: when() of nothing');
  if (more.length === 0) return flow.when(first.listens) as AnyPipe;
  const all = [first.listens, ...more.map(({ listens }) => listens)] as const;
  const pipe = mode === 'and' ? flow.when(all) : flow.when(all, { mode: 'or' });
  return (pipe as AnyPipe).to(reshape(flow, sources, mode, `when-${position}`));
}

/** An unrecorded chunk that converts the value to the original's shape; one for each join, also when wired again. */
const reshapers = new WeakMap<CaseFlow, Map<string, Chunk<unknown, unknown>>>();

function reshape(flow: CaseFlow, sources: readonly Source[], mode: string, name: string): Chunk<unknown, unknown> {
  const known = reshapers.get(flow) ?? new Map<string, Chunk<unknown, unknown>>();
  reshapers.set(flow, known);
  const shape = mode === 'and' ? gathered : mode === 'or' ? labelled : bare;
  const made = known.get(name) ?? flow.chunk(name, ({ input }: { input: unknown }) => shape(sources, input));
  known.set(name, made);
  return made;
}

/** `{ a, b }` → `{ event: { a, b } }`, by the types of the sources. */
function gathered(sources: readonly Source[], value: unknown): Json {
  const values = isObject(value) ? value : {};
  const byType: Record<string, Record<string, Json>> = {};
  for (const { type, name, key } of sources) {
    const members = byType[type] ?? {};
    members[name] = values[key] ?? null;
    byType[type] = members;
  }
  return byType;
}

/** `{ name, value }` → `[type, name, value]`. */
function labelled(sources: readonly Source[], value: unknown): Json {
  const heard = isObject(value) ? value : {};
  const source = sources.find(({ key }) => key === heard.name);
  return [source?.type ?? null, source?.name ?? null, heard.value ?? null];
}

function bare(_sources: readonly Source[], value: unknown): Json {
  return isObject(value) ? (value.value ?? null) : null;
}

function sourcesOf(when: Json, chunk: NamedChunk): readonly Source[] {
  if (typeof when === 'string') return [{ type: 'event', name: when, key: when, listens: when }];
  if (Array.isArray(when)) return when.flatMap((each: Json) => sourcesOf(each, chunk));
  if (!isObject(when)) throw new Error('case: when() of what is no name');
  if (when.chunk !== undefined) {
    const name = text(when.chunk, 'chunk');
    return [{ type: 'event', name: `chunk:${name}`, key: name, listens: chunk(name) }];
  }
  const named = (names: Json | undefined) => (typeof names === 'string' ? [names] : list<string>(names));
  return [
    ...(when.event === undefined ? [] : sourcesOf(when.event, chunk)),
    ...named(when.runtime_data).map(
      (key): Source => ({ type: 'runtime_data', name: key, key, listens: { state: key } }),
    ),
    ...named(when.flow_data).map((key): Source => ({ type: 'flow_data', name: key, key, listens: { flowData: key } })),
    ...named(when.collect).map((key): Source => ({ type: 'collect', name: key, key, listens: { collect: key } })),
  ];
}
