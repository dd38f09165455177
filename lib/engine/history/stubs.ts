/**
 * Stubs: the newest records in a few bytes each, without values. The head carries them until a worker has stored the
 * records, so that a crash loses no fact.
 *
 * A stub is `<letter><time>[*<back>][:<node>][#<attempt>][@<who>]`. The time is the distance to the stub before, in
 * milliseconds; numbers are in base 36. `*` names the stub of the attempt's beginning by its distance. A node is its
 * place among the sorted nodes of its graph, after those of the sub-flows around it. `-<time>` is a stub that is stored.
 * The time begins with a `0` for each change that the record carries.
 */
import type { Graph, NodeId } from '../../flow/graph/graph.ts';
import type { HistoryRecord } from './records.ts';

/** The letters are part of the stored format. */
const LETTERS = {
  started: 'b',
  attempt_started: 's',
  attempt_succeeded: 'd',
  attempt_failed: 'f',
  attempt_vanished: 'v',
  attempt_aborted: 'a',
  sleeping: 'z',
  waiting: 'w',
  reminded: 'm',
  escalated: 'e',
  answered: 'r',
  expired: 'x',
  withdrawn: 'y',
  signal_accepted: 'g',
  signal_delivered: 'l',
  joined: 'j',
  items_opened: 'o',
  items_done: 'i',
  intervention: 'n',
  host: 'h',
  redriven: 'q',
  forked: 'k',
  closed: 'c',
} as const;

export type HistoryType = keyof typeof LETTERS;

/** The history in a head: how far it is, and the stubs of what no worker has stored yet. */
export interface HistoryRow {
  /** `seq` of the newest record. */
  n: number;
  /** Time of the newest record (ms). */
  at: number;
  stubs?: string;
  /** Number of the newest change that a record carries. Absent: not known, or the history keeps no values. */
  w?: number;
}

/** A stub, read. */
export interface Stub {
  readonly seq: number;
  readonly at: number;
  readonly type: HistoryType;
  /** The node, after those of the sub-flows around it. Empty: none, or this version of the graph lacks it. */
  readonly nodes: readonly NodeId[];
  readonly attempt?: number;
  /** Id of the activation, or its beginning; name of a signal or collection, or its beginning. */
  readonly who?: string;
  /** End of the id of the wait that it ends. */
  readonly wait?: string;
  /** Of a host: the beginning of the key it wrote, or of its name. */
  readonly what?: string;
  /** When the attempt began that it ends. */
  readonly since?: number;
  /** How many changes the record carries. Absent: none. */
  readonly changes?: number;
  /** Number of the newest change up to the record. Absent: not known. */
  readonly base?: number;
}

/** Most stubs in a head: if no worker can store the records, the oldest are lost. */
const MOST = 400;
const WHO = 22;
/** Characters at the end of the id of a wait: enough to tell those apart that end at the same time. */
const TAIL = 6;
/** They end waits. */
const ANSWERS: ReadonlySet<HistoryType> = new Set<HistoryType>(['answered', 'expired', 'withdrawn']);
/** Characters of an activation's id: enough to tell those apart that are in a head together. */
const SHORT = 3;
/** The records of attempts are frequent, so they have the beginning of the id. */
const FREQUENT: ReadonlySet<HistoryType> = new Set<HistoryType>([
  'attempt_started',
  'attempt_succeeded',
  'attempt_failed',
  'attempt_vanished',
  'attempt_aborted',
]);
const SHAPE = /^([a-z])([0-9a-z]*)(\*[0-9a-z]*)?(?::([0-9a-z/]+))?(?:#([0-9a-z]+))?(?:@(.*))?$/;
const TYPES = new Map<string, HistoryType>(
  Object.entries(LETTERS).map(([type, letter]) => [letter, type as HistoryType]),
);

/** Removes the stubs of stored records, and appends those of new ones. @param stored their `seq` */
export function withStubs(
  graph: Graph,
  row: HistoryRow | undefined,
  records: readonly HistoryRecord[],
  stored: ReadonlySet<number>,
): string {
  const { n = 0, at = records[0]?.at ?? 0, stubs } = row ?? {};
  const known = textsOf(stubs);
  const first = n + 1 - known.length;
  const shorten = (text: string, i: number): string => {
    if (stored.has(first + i)) return `-${timeIn(text)}`;
    // The stub of the beginning goes, so that of the end has to say what both said.
    const begun = begunOf(text, i);
    return begun !== undefined && stored.has(first + begun) ? withPlaceOf(text, known[begun]) : text;
  };
  const texts = stored.size === 0 ? [...known] : known.map(shorten);
  let last = at;
  const begins = new Begins(texts);
  for (const record of records) {
    texts.push(write(graph, record, last, begins));
    last = record.at;
  }
  const unstored = texts.findIndex((text) => !text.startsWith('-'));
  return unstored < 0 ? '' : texts.slice(Math.max(unstored, texts.length - MOST)).join(' ');
}

/** Reads the stubs of a head, oldest first. @param graph absent: this process does not know the definition */
export function readStubs(graph: Graph | undefined, row: HistoryRow | undefined): readonly Stub[] {
  const texts = textsOf(row?.stubs);
  const found: Stub[] = [];
  const times: number[] = [];
  let at = row?.at ?? 0;
  const bases: number[] = [];
  let base = row?.w ?? Number.NaN;
  for (const text of texts.toReversed()) {
    times.unshift(at);
    at -= Number.parseInt(timeIn(text) || '0', 36);
    bases.unshift(base);
    base -= changesIn(text);
  }
  for (const [i, text] of texts.entries()) {
    const [, letter = '', , , node, attempt, who] = SHAPE.exec(text) ?? [];
    const type = TYPES.get(letter);
    if (!type) continue;
    const begun = begunOf(text, i);
    const [, , , , from, count, whose] = (begun === undefined ? undefined : SHAPE.exec(texts[begun] ?? '')) ?? [];
    const tries = attempt ?? count;
    const name = who ?? whose;
    const since = begun === undefined ? undefined : times[begun];
    found.push({
      seq: (row?.n ?? 0) - texts.length + 1 + i,
      at: times[i] ?? 0,
      type,
      nodes: readNodes(graph, node ?? from),
      ...(FREQUENT.has(type) ? { attempt: tries === undefined ? 1 : Number.parseInt(tries, 36) } : {}),
      ...whoIn(type, name),
      ...(since === undefined ? {} : { since }),
      ...(changesIn(text) > 0 ? { changes: changesIn(text) } : {}),
      ...(row?.w === undefined ? {} : { base: bases[i] ?? 0 }),
    });
  }
  return found;
}

/** The `seq` of the stubs in a head that are not stored. */
export function seqsOf(row: HistoryRow | undefined): readonly number[] {
  const texts = textsOf(row?.stubs);
  const first = (row?.n ?? 0) - texts.length + 1;
  return texts.flatMap((text, i) => (text.startsWith('-') ? [] : [first + i]));
}

/** Whether some stub that is not stored carries changes. Cheap: it is asked before each commit. */
export function hasChanges(row: HistoryRow | undefined): boolean {
  return /(?:^| )[a-z]0/.test(row?.stubs ?? '');
}

function whoIn(type: HistoryType, name: string | undefined): Pick<Stub, 'who' | 'wait' | 'what'> {
  if (name === undefined) return {};
  const cut = ANSWERS.has(type) || type === 'host' ? name.indexOf('/') : -1;
  if (cut < 0) return { who: name };
  const rest = name.slice(cut + 1);
  return { who: name.slice(0, cut), ...(type === 'host' ? { what: rest } : { wait: rest }) };
}

/** The index of the stub of the beginning that the stub at `i` names. */
function begunOf(text: string, i: number): number | undefined {
  const back = SHAPE.exec(text)?.[3];
  return back === undefined ? undefined : i - Number.parseInt(back.slice(1) || '1', 36);
}

function withPlaceOf(text: string, begun = ''): string {
  const [place = ''] = /[:#@].*$/.exec(begun) ?? [];
  return `${text.slice(0, 1)}${timeIn(text)}${place}`;
}

function textsOf(stubs = ''): string[] {
  return stubs === '' ? [] : stubs.split(' ');
}

function timeIn(text: string): string {
  return /^.([0-9a-z]*)/.exec(text)?.[1] ?? '';
}

function changesIn(text: string): number {
  return /^.(0*)/.exec(text)?.[1]?.length ?? 0;
}

/**
 * Where the stubs of the beginnings of attempts are. One commit may end all attempts of a session, and each end names its
 * beginning.
 */
class Begins {
  readonly #texts: readonly string[];
  /** The newest place of a beginning, by its texts from `#` and from `@` on. */
  readonly #places = new Map<string, number>();
  /** How many of the texts have been read. */
  #read = 0;

  /** @param texts the stubs, to which others are appended */
  constructor(texts: readonly string[]) {
    this.#texts = texts;
  }

  get count(): number {
    return this.#texts.length;
  }

  /** The newest beginning whose stub ends so. */
  last(end: string): number | undefined {
    for (; this.#read < this.#texts.length; this.#read += 1) {
      const text = this.#texts[this.#read] ?? '';
      if (!text.startsWith(LETTERS.attempt_started)) continue;
      for (const mark of ['#', '@']) {
        const at = text.lastIndexOf(mark);
        if (at >= 0) this.#places.set(text.slice(at), this.#read);
      }
    }
    return this.#places.get(end);
  }
}

function write(graph: Graph, record: HistoryRecord, last: number, begins: Begins): string {
  const { type, at, attempt = 1, changes = [] } = record;
  const time = `${'0'.repeat(changes.length)}${at > last ? Math.round(at - last).toString(36) : ''}`;
  const who = whoOf(record);
  const tries = FREQUENT.has(type) && attempt > 1 ? `#${attempt.toString(36)}` : '';
  const end = `${tries}${who === '' ? '' : `@${who}`}`;
  const isEnd = FREQUENT.has(type) && type !== 'attempt_started';
  const begun = isEnd ? begins.last(end) : undefined;
  const back = begins.count - (begun ?? 0);
  if (begun !== undefined) return `${LETTERS[type]}${time}*${back === 1 ? '' : back.toString(36)}`;
  const node = writeNodes(graph, record);
  return `${LETTERS[type]}${time}${node === '' ? '' : `:${node}`}${end}`;
}

function whoOf(record: HistoryRecord): string {
  const { type, activationId, signal, node, action, interruptId } = record;
  if (FREQUENT.has(type)) return (activationId ?? '').slice(0, SHORT);
  if (ANSWERS.has(type) && interruptId !== undefined)
    return `${activationId?.slice(0, WHO) ?? ''}/${textOf(interruptId.slice(-TAIL))}`;
  const what = type === 'host' && saysAll(action) ? (record.key ?? record.actor) : undefined;
  if (what !== undefined) return textOf(`${action}/${what}`);
  const name = type === 'host' || type === 'intervention' ? action : type === 'joined' ? node : signal;
  const isSignal = type === 'signal_accepted' || type === 'signal_delivered';
  const own = isSignal ? signal : type === 'host' ? action : activationId;
  return textOf(own ?? name ?? '');
}

function textOf(name: string): string {
  return name.replaceAll(/[\s\\"]/g, '_').slice(0, WHO);
}

/** Calls that hosts may make often: the stub has all there is to say, shortened. */
const OFTEN: ReadonlySet<string | undefined> = new Set(['write', 'claim', 'release']);

/** Whether the stub of this action of a host says what its record would, so that no client stores the record. */
export function saysAll(action: string | undefined): boolean {
  return OFTEN.has(action);
}

const PLACES = new WeakMap<Graph, ReadonlyMap<NodeId, number>>();

function placesIn(graph: Graph): ReadonlyMap<NodeId, number> {
  const known =
    PLACES.get(graph) ??
    new Map(
      Object.keys(graph.nodes)
        .sort()
        .map((id, i) => [id, i]),
    );
  PLACES.set(graph, known);
  return known;
}

function writeNodes(graph: Graph, { path = [], node }: HistoryRecord): string {
  const texts: string[] = [];
  let at: Graph | undefined = graph;
  for (const id of node === undefined ? path : [...path, node]) {
    const place: number | undefined = at && placesIn(at).get(id);
    if (place === undefined) return '';
    texts.push(place.toString(36));
    at = innerOf(at, id);
  }
  return texts.join('/');
}

function readNodes(graph: Graph | undefined, text: string | undefined): readonly NodeId[] {
  const nodes: NodeId[] = [];
  let at = graph;
  for (const place of text?.split('/') ?? []) {
    const id: NodeId | undefined = at && [...placesIn(at).keys()][Number.parseInt(place, 36)];
    if (id === undefined) return [];
    nodes.push(id);
    at = innerOf(at, id);
  }
  return nodes;
}

function innerOf(graph: Graph | undefined, id: NodeId): Graph | undefined {
  const node = graph?.nodes[id];
  return node?.kind === 'subFlow' ? node.graph : undefined;
}
