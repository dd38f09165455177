/**
 * Stands between the processes and the store, and judges every commit by the promises: who may settle what, what may happen
 * once only, what must never be lost. It keeps its own books and trusts neither the engine nor the adapters.
 */
import type { MemoryStores } from '../../lib/adapters/memory/stores.ts';
import type { SignalEvent } from '../../lib/engine/events.ts';
import type { Activation, Head, LedgerEntry } from '../../lib/engine/head.ts';
import type { CommitRequest } from '../../lib/ports/execution-store.ts';
import { checkReferences, checkSpill, checkWake } from './watch-stores.ts';
import type { Process, World } from './world.ts';

export class Watch {
  readonly heads = new Map<string, Head>();
  readonly #world: World;
  readonly #stores: MemoryStores;
  readonly #settled = new Set<string>();
  readonly #sessions = new Map<string, Process>();
  readonly #ended = new Map<string, LedgerEntry>();
  readonly #revs = new Map<string, number>();

  constructor(world: World, stores: MemoryStores) {
    this.#world = world;
    this.#stores = stores;
  }

  async create(
    process: Process,
    request: { readonly head: Head; readonly wakeAt?: number },
  ): Promise<'created' | 'exists'> {
    const answer = await this.#stores.executions.create(request);
    if (answer === 'exists') this.#world.reached('start lost to another');
    if (answer === 'created') await this.#record(process, undefined, request.head, 1);
    return answer;
  }

  async commit(process: Process, request: CommitRequest): Promise<'committed' | 'conflict'> {
    const before = this.heads.get(request.head.id);
    const answer = await this.#stores.executions.commit(request);
    if (answer === 'conflict') this.#world.reached('lost race');
    if (answer === 'committed') await this.#record(process, before, request.head, request.rev + 1);
    return answer;
  }

  async append(id: string, inc: string, event: SignalEvent, wakeAt: number): Promise<'appended' | 'full' | 'refused'> {
    const answer = await this.#stores.executions.append(id, inc, event, wakeAt);
    if (answer === 'appended') this.#world.reached('signal to the inbox');
    return answer;
  }

  warned(message: string): void {
    if (message === 'commit outcome unknown') this.#world.reached('unknown outcome met');
  }

  failed(message: string, fields: unknown): void {
    if (!JSON.stringify(fields).includes('SimulatedFault'))
      this.#world.violate('unexpected error', `${message} ${JSON.stringify(fields)}`);
  }

  async #record(process: Process, before: Head | undefined, after: Head, rev: number): Promise<void> {
    const world = this.#world;
    this.#checkOrder(before, after, rev);
    this.heads.set(after.id, after);
    if (before) {
      this.#checkActivations(process, before, after);
      this.#checkClosed(before, after);
    }
    this.#checkLedger(process, before, after);
    for (const lease of after.leases)
      if (!this.#sessions.has(lease.session)) this.#sessions.set(lease.session, process);
    const stored = await this.#stores.executions.load(after.id);
    if (stored) checkWake(world, stored, after);
    await checkReferences(world, this.#stores, after);
    if (before) await checkSpill(world, this.#stores, before, after);
  }

  /** Revisions and fences only rise, an incarnation stays. */
  #checkOrder(before: Head | undefined, after: Head, rev: number): void {
    const last = this.#revs.get(after.id) ?? 0;
    this.#revs.set(after.id, rev);
    if (rev !== last + 1) this.#world.violate('revision', `${after.id} goes from ${last} to ${rev}`);
    if (!before) return;
    if (after.inc !== before.inc) this.#world.violate('incarnation', `${after.id} changed its incarnation`);
    if (after.fence < before.fence)
      this.#world.violate('fence', `${after.id} goes from ${before.fence} to ${after.fence}`);
    const known = new Set(before.leases.map((lease) => lease.session));
    for (const lease of after.leases) {
      if (!known.has(lease.session) && lease.fence <= before.fence)
        this.#world.violate('fence', `${lease.fence} given twice`);
    }
  }

  /** An activation leaves the head once, by the hand of who holds it, and never comes back. */
  #checkActivations(process: Process, before: Head, after: Head): void {
    const left = new Map(after.activations.map((activation) => [activation.id, activation]));
    for (const activation of before.activations) {
      const key = `${after.inc}/${activation.id}`;
      const now = left.get(activation.id);
      const settled =
        !now || (now.failed && !activation.failed) || (now.dueAt !== undefined && activation.dueAt === undefined);
      if (!now) {
        if (this.#settled.has(key)) this.#world.violate('settled twice', activation.id);
        this.#settled.add(key);
      }
      if (settled) this.#checkHolder(process, before, after, activation);
      else if (now) this.#checkTaken(process, before, activation, now);
    }
    for (const activation of after.activations) {
      if (this.#settled.has(`${after.inc}/${activation.id}`))
        this.#world.violate('settled twice', `${activation.id} came back`);
    }
  }

  #checkHolder(process: Process, before: Head, after: Head, activation: Activation): void {
    const lease = before.leases.find((each) => each.fence === activation.fence);
    const expired = lease !== undefined && lease.until < this.#world.now + process.skew;
    const vanished = after.activations.some((each) => each.id === activation.id && each.suspect);
    if (vanished && expired) return;
    const holder = lease && this.#sessions.get(lease.session);
    if (holder !== process)
      this.#world.violate('stale holder', `${process.kind}${process.id} settled ${activation.id} of another`);
  }

  /** Work passes to another only when its lease has ended. */
  #checkTaken(process: Process, before: Head, was: Activation, now: Activation): void {
    if (was.fence === undefined || was.fence === now.fence) return;
    const lease = before.leases.find((each) => each.fence === was.fence);
    const own = lease && this.#sessions.get(lease.session) === process;
    if (own) return;
    if (lease && lease.until >= this.#world.now + process.skew)
      this.#world.violate('living lease', `${was.id} was taken away`);
    this.#world.reached('lease reclaimed');
  }

  /** An interrupt ends once, and no earlier than it says; what the ledger says never changes. */
  #checkLedger(process: Process, before: Head | undefined, after: Head): void {
    const known = new Set(before?.ledger.map((entry) => JSON.stringify(entry)) ?? []);
    for (const entry of after.ledger) {
      if (known.has(JSON.stringify(entry))) continue;
      const key = `${after.inc}/${entry.kind}/${entry.id}`;
      if (this.#ended.has(key)) this.#world.violate('accepted twice', key);
      this.#ended.set(key, entry);
      const due = before?.interrupts.find((interrupt) => interrupt.id === entry.id)?.expiresAt;
      const clock = this.#world.now + process.skew;
      if (entry.kind !== 'resume') continue;
      this.#world.reached(`interrupt ${entry.outcome}`);
      if (entry.outcome === 'expired' && (due === undefined || clock < due)) this.#world.violate('early', key);
    }
    for (const interrupt of before?.interrupts ?? []) {
      const stays = after.interrupts.some((each) => each.id === interrupt.id);
      if (!stays && !this.#ended.has(`${after.inc}/resume/${interrupt.id}`))
        this.#world.violate('wait lost', interrupt.id);
    }
  }

  #checkClosed(before: Head, after: Head): void {
    if (before.lifecycle !== 'closed') return;
    const frozen = ({ lifecycle, state, activations, interrupts, closedAt }: Head) =>
      JSON.stringify([lifecycle, state, activations, interrupts, closedAt]);
    if (frozen(before) !== frozen(after)) this.#world.violate('closed head changed', after.id);
  }
}
