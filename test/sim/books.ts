/** What the watch knows of one incarnation of one execution: its own record, kept apart from the stores. */
import type { InboxEvent } from '../../lib/engine/events.ts';
import type { Frame, Head, Interrupt, LedgerEntry, Value } from '../../lib/engine/head.ts';
import type { SelfResume } from '../../lib/engine/outside/questions.ts';
import { refsIn } from '../../lib/engine/values/value-refs.ts';
import { knownQuestions } from './watch-questions.ts';
import type { Process } from './world.ts';

interface Waits {
  begun: number;
  ended: number;
  answered: number;
}

export class Books {
  head: Head;
  rev = 1;
  wakeAt: number | undefined;
  /** When a process that is not the sweeper wrote it last. */
  committedAt: number;
  /** Latest time at which the sweeper has to look; Infinity = nothing waits. */
  lookBy = Infinity;
  /** Appended, not folded yet. */
  inbox: InboxEvent[] = [];
  /** Activations that left the head. */
  readonly settled = new Set<string>();
  /** Ledger entries by `<kind>/<id>`. */
  readonly ended = new Map<string, LedgerEntry>();
  /** Announcements to be made, with the generation of their wait. */
  readonly toAnnounce = new Map<string, number | undefined>();
  /** Announcements that a provider has heard. */
  readonly announced = new Set<string>();
  /** How often a wait of each id began and ended, and was answered or expired here. */
  readonly waits = new Map<string, Waits>();
  /** Session to the process that made it. */
  readonly sessions = new Map<string, Process>();
  /** Those that may run steps which are not stored: they got a lease while the execution allowed it. */
  readonly ahead = new Set<Process>();
  /** `<activation>/<attempt>/<process>` of the attempts whose claim was committed. */
  readonly claimed = new Set<string>();
  /** `<activation>/<attempt>` of the attempts whose code ran. */
  readonly begun = new Set<string>();
  /** Nodes whose code tells when it runs. */
  readonly tells = new Set<string>();
  /** Values that were let go. */
  readonly dropped = new Set<string>();
  /** Values that the outbox says are to be let go. */
  readonly listed = new Set<string>();
  /** The caller that made each host lease, by mark. */
  readonly hosts = new Map<string, number>();
  /** Activations that wait for the answer to a question: its interrupt, and the attempt that asked. */
  readonly asking: Map<string, { readonly interrupt: string; readonly attempt: number }>;
  /** How many attempts of each activation ended in a question: they count for no limit. */
  readonly questions: Map<string, number>;
  /** When each attempt was claimed. */
  readonly claimedAt = new Map<string, number>();
  /** Values that were put, whether or not a commit came of them. */
  readonly put = new Set<string>();
  /** System items of the stream, in the order in which they stood in the outbox. */
  readonly items: { readonly id: string; readonly text: string }[] = [];
  /** Interventions that it was loaded with. */
  readonly advised: number;
  /** When it was last seen with work or waits. */
  busyAt: number;
  /** Joins that have fired, by node and scope. */
  readonly fired = new Set<string>();

  /** Waits that it was loaded with: its stream does not tell of them. */
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
      const waits = this.waitsOf(entry.id);
      waits.begun += 1;
      waits.ended += 1;
      this.adopted.add(entry.id);
    }
    // Its stream is still to tell of what was answered before it was saved.
    for (const row of head.outbox) {
      if (row.kind !== 'stream' || !('interruptId' in row.item) || row.item.action !== 'resume') continue;
      const known = this.waits.get(row.item.interruptId);
      if (known) known.answered += 1;
    }
  }

  waitsOf(id: string): Waits {
    const known = this.waits.get(id) ?? { begun: 0, ended: 0, answered: 0 };
    this.waits.set(id, known);
    return known;
  }

  /** Who made the lease with this fence. */
  holderOf(head: Head, fence: number | undefined): Process | undefined {
    const lease = head.leases.find((each) => each.fence === fence);
    return lease && this.sessions.get(lease.session);
  }
}

/** Every reference of a head, without the help of the engine's own walk over it. */
export function namedIn(head: Head): Set<string> {
  const values = [
    ...Object.values(head.state),
    ...head.activations.flatMap(({ input, resume, expired }) => [
      input,
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
  return new Set(values.flatMap(refsIn));
}

function inFrame(frame: Frame): readonly Value[] {
  if (frame.kind === 'branches') return [frame.input, ...Object.values(frame.slots)];
  if (frame.kind === 'list') return [frame.items, ...Object.values(frame.slots)];
  if (frame.kind !== 'child') return [];
  return [frame.value, ...Object.values(frame.state), ...Object.values(frame.shared ?? {})];
}

function inSelf({ input, decided = {}, asker }: SelfResume): readonly Value[] {
  return [input, ...Object.values(decided), ...(asker?.answer ? [asker.answer.value] : [])];
}

function inInterrupt({ payload, input, onExpiry, resumeTo }: Interrupt): readonly Value[] {
  return [
    payload,
    ...(input ? [input] : []),
    ...(onExpiry && 'value' in onExpiry ? [onExpiry.value] : []),
    ...(resumeTo && 'self' in resumeTo ? inSelf(resumeTo.self) : []),
  ];
}
