/** The watch's own record of one incarnation of one execution, kept apart from the stores. */
import type { InboxEvent } from '../../../lib/engine/events.ts';
import type { Frame, Head, Interrupt, LedgerEntry, ResumeEntry, Value } from '../../../lib/engine/head.ts';
import type { SelfResume } from '../../../lib/engine/outside/questions.ts';
import type { Process } from '../world/world.ts';
import type { Step } from './activations.ts';
import { knownQuestions } from './questions.ts';
import type { Beginning } from './reruns.ts';

/** A posted event. */
export interface Post {
  readonly by: Process;
  readonly key: string;
  readonly event: InboxEvent;
  readonly wakeAt: number;
  /** Latest permitted time of the sweep that finds it. */
  readonly lookBy: number;
}

interface Waits {
  begun: number;
  ended: number;
  answered: number;
}

export class Books {
  head: Head;
  rev = 1;
  wakeAt: number | undefined;
  /** When a process other than the sweeper last wrote it. */
  committedAt: number;
  /** Latest permitted time of the next sweep; Infinity = none needed. */
  lookBy = Infinity;
  /** Appended, not folded yet. */
  inbox: InboxEvent[] = [];
  /** Posted, not removed yet; by key. */
  readonly posts = new Map<string, Post>();
  /** The last commit of each process while there were posts: what it removes then, this commit contains. */
  readonly took = new Map<Process, Step>();
  /** Activations that left the head. */
  readonly settled = new Set<string>();
  /** Ledger entries by `<kind>/<id>`. */
  readonly ended = new Map<string, LedgerEntry>();
  /** Entries of accepted answers by `<interrupt>/<request id>`. */
  readonly requests = new Map<string, ResumeEntry>();
  /** Pending announcements, with the generation of their wait. */
  readonly toAnnounce = new Map<string, number | undefined>();
  /** Announcements that a provider has received. */
  readonly announced = new Set<string>();
  /** How often a wait of each id began, ended, and was answered or expired here. */
  readonly waits = new Map<string, Waits>();
  /** The process of each session. */
  readonly sessions = new Map<string, Process>();
  /** Sessions that may run unstored steps: they got a lease while the execution allowed it. */
  readonly ahead = new Set<Process>();
  /** `<activation>/<attempt>/<process>` of the attempts with a committed claim. */
  readonly claimed = new Set<string>();
  /** The tokens of claims, as settles name them. */
  readonly tokens = new Set<string>();
  /** `<activation>/<attempt>` of the attempts whose code ran. */
  readonly begun = new Set<string>();
  /** Nodes whose code reports its runs. */
  readonly tells = new Set<string>();
  /** References of parts, by the stored index that names them. */
  readonly indexes = new Map<string, readonly string[]>();
  /** Dropped values. */
  readonly dropped = new Set<string>();
  /** Values that the outbox lists for dropping. */
  readonly listed = new Set<string>();
  /** The caller of each host lease, by id. */
  readonly hosts = new Map<string, number>();
  /** Activations that wait for an answer to a question: its interrupt, and the attempt that asked. */
  readonly asking: Map<string, { readonly interrupt: string; readonly attempt: number }>;
  /** How many attempts of each activation ended in a question: these do not count for the attempt limit. */
  readonly questions: Map<string, number>;
  /** When each attempt was claimed. */
  readonly claimedAt = new Map<string, number>();
  /** Values that were put, with or without a later commit. */
  readonly put = new Set<string>();
  /** System items of the stream, in outbox order. */
  readonly items: { readonly id: string; readonly text: string }[] = [];
  /** Interventions in the loaded document. */
  readonly advised: number;
  /** When it last had work or waits. */
  busyAt: number;
  /** The processes of clients that made the calls in the history, by `seq`. */
  readonly calls = new Map<number, Process>();
  /** Where activations began; `undefined`: not known exactly. */
  readonly beginnings = new Map<string, Beginning | undefined>();
  /** Joins that have fired, by node and scope. */
  readonly fired = new Set<string>();

  /** Waits in the loaded document: its stream does not report them. */
  readonly adopted = new Set<string>();

  constructor(head: Head, now: number) {
    this.head = head;
    this.committedAt = now;
    this.busyAt = now;
    this.advised = head.interventions?.length ?? 0;
    const { asking, questions } = knownQuestions(head);
    this.asking = asking;
    this.questions = questions;
    for (const { id } of head.interrupts) this.adopted.add(id);
    for (const entry of head.ledger) {
      this.ended.set(`${entry.kind}/${entry.id}`, entry);
      if (entry.kind !== 'resume') continue;
      this.noteRequest(entry);
      const waits = this.waitsOf(entry.id);
      waits.begun += 1;
      waits.ended += 1;
      this.adopted.add(entry.id);
    }
    // Its stream has yet to report answers given before the save.
    for (const row of head.outbox) {
      if (row.kind !== 'stream' || !('interruptId' in row.item) || row.item.action !== 'resume') continue;
      const known = this.waits.get(row.item.interruptId);
      if (known) known.answered += 1;
    }
  }

  noteRequest(entry: ResumeEntry): void {
    if (entry.requestId !== undefined) this.requests.set(`${entry.id}/${entry.requestId}`, entry);
  }

  waitsOf(id: string): Waits {
    const known = this.waits.get(id) ?? { begun: 0, ended: 0, answered: 0 };
    this.waits.set(id, known);
    return known;
  }

  /** What the holder of this session's lease has posted about it. */
  postedBy(session: string): readonly InboxEvent[] {
    const own = [...this.posts.values()].filter(({ by }) => by === this.sessions.get(session));
    return own.map(({ event }) => event).filter((event) => 'session' in event && event.session === session);
  }

  /** The owner of the lease with this fence. */
  holderOf(head: Head, fence: number | undefined): Process | undefined {
    const lease = head.leases.find((each) => each.fence === fence);
    return lease && this.sessions.get(lease.session);
  }
}

/** Every reference of a head, found without the engine's own traversal. */
export function namedIn(head: Head): Set<string> {
  const values = [
    ...(head.input ? [head.input] : []),
    ...Object.values(head.state),
    ...head.activations.flatMap(({ input, resume, expired, page }) => [
      input,
      ...(page ? [page.from] : []),
      ...(resume ? [resume.value, ...Object.values(resume.decided ?? {})] : []),
      ...(expired ? inInterrupt(expired) : []),
    ]),
    ...Object.values(head.frames).flatMap(inFrame),
    ...head.joins.flatMap((join) => Object.values(join.slots)),
    ...head.signals.map((signal) => signal.value),
    ...head.interrupts.flatMap(inInterrupt),
    ...(head.interventions ?? []).map((each) => each.payload),
    ...head.outbox.flatMap((row) =>
      row.kind === 'flowData' ? [row.operation] : row.kind === 'stream' ? [row.payload] : [],
    ),
  ];
  return new Set([...values.flatMap(refsWithin), ...(head.waitPages ?? []).map(({ ref }) => ref)]);
}

function inFrame(frame: Frame): readonly Value[] {
  if (frame.kind === 'branches') return [frame.input, ...Object.values(frame.slots)];
  if (frame.kind === 'list') {
    const { items, slots, results, pages = [], source } = frame;
    const given = [...pages.map((page) => page.items), ...(source ? [source.input, source.next] : [])];
    return [items, ...Object.values(slots), ...(results ? [results] : []), ...given];
  }
  if (frame.kind !== 'child') return [];
  return [frame.value, ...Object.values(frame.state), ...Object.values(frame.shared ?? {})];
}

function inSelf({ input, decided = {}, asker }: SelfResume): readonly Value[] {
  return [input, ...Object.values(decided), ...(asker?.answer ? [asker.answer.value] : [])];
}

function inInterrupt({ payload, input, page, onExpiry, resumeTo }: Interrupt): readonly Value[] {
  return [
    payload,
    ...(page ? [page.from] : []),
    ...(onExpiry && 'event' in onExpiry && onExpiry.emits ? [onExpiry.emits] : []),
    ...(input ? [input] : []),
    ...(onExpiry && 'value' in onExpiry ? [onExpiry.value] : []),
    ...(resumeTo && 'self' in resumeTo ? inSelf(resumeTo.self) : []),
  ];
}

function refsWithin(value: Value): readonly string[] {
  if ('v' in value) return [];
  if ('ref' in value) return [value.ref];
  if ('of' in value) return Object.values(value.of).flatMap(refsWithin);
  if ('list' in value) return value.list.flatMap(refsWithin);
  const inParts = value.parts.flatMap(({ ref, holds = [] }) => [ref, ...holds]);
  return [...(value.index ?? []), ...inParts, ...Object.values(value.rest ?? {}).flatMap(refsWithin)];
}
