/** `importFlow`: makes a flow from a document and the code it names. */
import type { ZodType } from 'zod';
import { FlowError } from '../../errors/errors.ts';
import type { AnyFlow, ChunkCode, Contract, Handler, Predicate, Tap } from '../authoring/flow.ts';
import { checkSchedules, type FlowSchedule } from '../authoring/schedules.ts';
import { capOf, invalid, schemaJson, schemaOf } from '../checks/definition.ts';
import { schemaProblem } from '../checks/schemas.ts';
import type { ContractJson } from '../graph/contract-json.ts';
import { fingerprintOf } from '../graph/fingerprint.ts';
import { chunkNames, lookUp, type NodeId } from '../graph/graph.ts';
import { canonical, type Json } from '../json.ts';
import { type DocumentNode, type GraphNode, nodeRow } from '../operators/table.ts';
import type { AnyChunk } from '../pipe/chunk-types.ts';
import type { CodePlace } from '../wiring/operator.ts';
import { graphProblems } from './check-graph.ts';
import { type FlowDocument, readDocument } from './flow-document.ts';

type Code = (context: never) => unknown;

/** The code that a document names, for example `{ chunks: { pay: payChunk }, predicates: { isLarge } }`. */
export interface FlowCode {
  /** Handlers, or chunks with their `resume` schema, by chunk name. */
  readonly chunks: Readonly<Record<string, Code | AnyChunk | ChunkCode>>;
  /** Predicates by function name. */
  readonly predicates?: Readonly<Record<string, Code>>;
  /** Taps by function name. */
  readonly taps?: Readonly<Record<string, Code>>;
  /** Schemas with the refinements and transforms that documents lack. Their JSON schema must equal the document's. */
  readonly contract?: Partial<Omit<Contract, 'resources'>>;
  /** Code of sub-flows, by the name of the flow. */
  readonly children?: Readonly<Record<string, FlowCode>>;
}

/**
 * The flow of a document. It has the ids and the fingerprint of the exported flow, so it can continue that flow's executions.
 * @throws FlowError `definition_invalid`; `details.problems` lists all problems of the document and the code
 */
export function importFlow(document: unknown, code: FlowCode): AnyFlow {
  const read = readDocument(document);
  const problems: string[] = [];
  const flow = isProblems(read) ? problems.push(...read) && undefined : build(read, code, '', problems);
  if (!flow || problems.length > 0)
    throw invalid(`The flow cannot be imported.\n- ${problems.join('\n- ')}`, { problems });
  return flow;
}

function isProblems(read: FlowDocument | readonly string[]): read is readonly string[] {
  return Array.isArray(read);
}

function build(document: FlowDocument, code: FlowCode, path: string, problems: string[]): AnyFlow {
  const { name, graph, execution } = document;
  const say = (problem: string) => problems.push(`${path}${problem}`);
  const own = graphProblems(document);
  for (const problem of own) say(problem);
  const children = new Map<NodeId, AnyFlow>();
  for (const [id, child] of Object.entries(document.children)) {
    const childCode = lookUp(code.children, child.name);
    if (childCode) children.set(id, build(child, childCode, `${path}child "${id}": `, problems));
    else say(`child "${id}": there is no code for sub-flow "${child.name}". Pass it in children.`);
  }
  const nodes: Record<NodeId, GraphNode> = {};
  for (const [id, node] of Object.entries(graph.nodes)) {
    const loaded = load(node, children.get(id));
    if (loaded) nodes[id] = loaded;
  }
  const definition = {
    name,
    graph: { flow: name, ...graph, nodes, ...capOf(execution) },
    contract: contractOf(document.contract, code.contract ?? {}, say),
    execution,
    requirements: document.requirements ?? [],
    chunks: chunksOf(document, code, say),
    predicates: codes('predicate', document, document.predicates, code.predicates, say) as ReadonlyMap<
      string,
      Predicate
    >,
    taps: codes('tap', document, document.taps, code.taps, say) as ReadonlyMap<string, Tap>,
    children,
    schedules: schedulesOf(document, say),
  };
  return { ...definition, fingerprint: fingerprintOf(definition) };
}

/** `undefined` if the child is missing; `build` has already reported that. */
function load(node: DocumentNode, child: AnyFlow | undefined): GraphNode | undefined {
  const row = nodeRow(node).child;
  if (row) return child && row.load(node, child.graph);
  return node as GraphNode;
}

type Say = (problem: string) => void;

function schedulesOf({ name, schedules = [] }: FlowDocument, say: Say): readonly FlowSchedule[] {
  try {
    return checkSchedules(name, schedules);
  } catch (error) {
    if (!FlowError.is(error)) throw error;
    say(error.message);
    return [];
  }
}

function chunksOf({ graph, resumes }: FlowDocument, { chunks }: FlowCode, say: Say): Map<string, ChunkCode> {
  const names = chunkNames(graph);
  const codes = new Map<string, ChunkCode>();
  for (const name of names) {
    const given = lookUp(chunks, name);
    const code: Partial<ChunkCode> | undefined = typeof given === 'function' ? { handler: given as Handler } : given;
    if (typeof code?.handler !== 'function') {
      say(`chunk "${name}": there is no handler. Pass it in chunks.`);
      continue;
    }
    const json = lookUp(resumes, name);
    const resume = json === undefined ? undefined : schemaFor(`resume of chunk "${name}"`, json, code.resume, say);
    if (json === undefined && code.resume) say(`resume of chunk "${name}": code has a schema, the document has none`);
    codes.set(name, { name, handler: code.handler, ...(resume && { resume }) });
  }
  for (const name of Object.keys(resumes))
    if (!names.has(name)) say(`resume of chunk "${name}": no node runs this chunk`);
  return codes;
}

function contractOf(json: ContractJson, given: FlowCode['contract'] & object, say: Say): Contract {
  const { input, stream, result } = json;
  const one = (where: 'input' | 'stream' | 'result', schema: Json) =>
    schema === null ? undefined : schemaFor(where, schema, given[where], say);
  const all = (where: 'state' | 'signals' | 'attributes') => {
    const schemas = Object.entries(json[where] ?? {}).flatMap(([key, schema]) => {
      const read = schemaFor(`${where} "${key}"`, schema, lookUp(given[where], key), say);
      return read ? [[key, read] as const] : [];
    });
    return Object.fromEntries(schemas);
  };
  const [ownInput, ownStream, ownResult] = [one('input', input), one('stream', stream), one('result', result)];
  return {
    ...(ownInput && { input: ownInput }),
    ...(json.state && { state: all('state') }),
    ...(json.signals && { signals: all('signals') }),
    ...(ownStream && { stream: ownStream }),
    ...(ownResult && { result: ownResult }),
    ...(json.attributes && { attributes: all('attributes') }),
    resources: json.resources,
  };
}

function schemaFor(where: string, json: Json, given: ZodType | undefined, say: Say): ZodType | undefined {
  if (given) {
    if (canonical(schemaJson(given)) !== canonical(json))
      say(`${where}: the schema in code differs from the document's`);
    const problem = schemaProblem(where, given);
    if (problem) say(problem.message);
    return given;
  }
  try {
    return schemaOf(json);
  } catch (error) {
    say(`${where}: is not a readable JSON schema. ${error instanceof Error ? error.message : ''}`);
    return undefined;
  }
}

function codes(
  what: CodePlace['what'],
  { graph }: FlowDocument,
  names: Readonly<Record<string, string>>,
  given: Readonly<Record<string, Code>> | undefined,
  say: Say,
): ReadonlyMap<string, Code> {
  const found = new Map<string, Code>();
  const known = new Map<string, Code>();
  const places = Object.values(graph.nodes).flatMap((node) => nodeRow(node).code?.(node) ?? []);
  for (const { at: position } of places.filter((place) => place.what === what)) {
    const name = lookUp(names, position);
    const code = name === undefined ? undefined : lookUp(given, name);
    if (name === undefined) say(`${what} at "${position}": the document does not name it`);
    else if (!code) say(`${what} at "${position}": there is no function "${name}". Pass it in ${what}s.`);
    else found.set(position, known.get(name) ?? named(code, name, known));
  }
  return found;
}

/** The function, renamed to its name in the document if necessary, so that the flow can be exported again. */
function named(code: Code, name: string, known: Map<string, Code>): Code {
  const own = code.name === name ? code : Object.defineProperty(code.bind(undefined), 'name', { value: name });
  known.set(name, own);
  return own;
}
