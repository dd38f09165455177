/** State writes, concurrency, requirements and host leases. */
import type { StateOperation } from '../../engine/events.ts';
import { attributionOf } from '../../engine/outside/attribution.ts';
import { replaces, splitPath } from '../../engine/values/state-writes.ts';
import { knownBytes } from '../../engine/values/value-refs.ts';
import { FlowError } from '../../errors/errors.ts';
import { requirementOf } from '../../flow/authoring/requirements.ts';
import { checkJson } from '../../flow/json.ts';
import * as calls from '../../flow/options/calls.ts';
import { problemOf } from '../../flow/options/check.ts';
import { OPTIONS } from '../../flow/options/execution.ts';
import type { ExecutionRecord } from '../../ports/execution-store.ts';
import type { Ports } from '../../ports/ports.ts';
import type { App } from '../app/app.ts';
import { checkNumber, checkPath, checkSize, checkTtl } from '../app/checks/checks.ts';
import { appendedItem, written } from '../app/contracts/state-contract.ts';
import { flowOf, loadReadable } from '../app/definitions.ts';
import { type Applied, type Apply, type Change, settleChange } from '../commit/outside-events.ts';
import { loadValue } from '../commit/values.ts';
import { checkOptions } from './call-options.ts';
import type { Client, HostAnswer, HostWriteOptions, LeaseAnswer, SignalAnswer } from './types.ts';

type Hosting = Pick<
  Client,
  | 'state'
  | 'pause'
  | 'unpause'
  | 'due'
  | 'setConcurrency'
  | 'declareResourceRequirement'
  | 'claim'
  | 'heartbeat'
  | 'release'
>;

/** These events may be refused when the head is too large. */
const GROWS = { refusable: true };
/** Most characters of an owner. */
const OWNER = 200;

interface HostingTools {
  readonly change: Change;
  readonly apply: Apply;
}

export function createHosting(app: App, ports: Ports, { change, apply }: HostingTools): Hosting {
  /**
   * Validates a write against the state that was read, and returns the write to send. The reducer validates it again.
   */
  const check = async ({ head }: ExecutionRecord, operation: StateOperation): Promise<StateOperation> => {
    const { key } = splitPath(operation.path);
    const known = Object.hasOwn(head.state, key) ? head.state[key] : undefined;
    const item = appendedItem(flowOf(app, { head }), operation, known ? knownBytes(known) : 0);
    if (item !== undefined) return { ...operation, op: 'append', value: item };
    const whole = replaces(operation);
    const stored = !whole && Object.hasOwn(head.state, key) ? head.state[key] : undefined;
    const current = stored && (await loadValue(ports.values, head, stored));
    const value = written(flowOf(app, { head }), operation, current);
    if (value === undefined) return operation;
    checkSize(value, `state.${key}`);
    return whole ? { ...operation, op: 'set', value } : operation;
  };

  const write = async (
    executionId: string,
    operation: StateOperation,
    options: HostWriteOptions = {},
  ): Promise<SignalAnswer> => {
    checkPath(operation.path);
    checkOptions('state', options);
    const writeId = options.requestId ?? ports.entropy.id();
    const record = await loadReadable(ports, executionId);
    if (!record) return 'unknown';
    const event = { type: 'write', id: writeId, operation: await check(record, operation) } as const;
    const { answer } = settleChange(record, await change(record, [event], GROWS)) ?? {};
    if (answer?.kind === 'refused') {
      throw new FlowError(
        'invalid_value',
        `Execution ${executionId}, state.${operation.path}: a concurrent write made this one invalid. Read the value and try again.`,
      );
    }
    const kind = answer?.kind ?? 'unknown';
    return kind === 'accepted' || kind === 'duplicate' || kind === 'mismatch' || kind === 'unknown' ? kind : 'ignored';
  };

  return {
    state: (executionId) => ({
      set: async (path, value, options) =>
        write(
          executionId,
          { op: 'set', path, value: checkSize(checkJson(value, `state.${path}`), `state.${path}`) },
          options,
        ),
      append: async (path, item, options) =>
        write(
          executionId,
          { op: 'append', path, value: checkSize(checkJson(item, `state.${path}`), `state.${path}`) },
          options,
        ),
      increment: async (path, by = 1, options = {}) =>
        write(executionId, { op: 'increment', path, by: checkNumber(by, path) }, options),
      delete: async (path, options) => write(executionId, { op: 'delete', path }, options),
    }),

    async pause(executionId, caller = {}) {
      checkOptions('pause', caller);
      return toHostAnswer(await apply(executionId, { type: 'pause', paused: true, ...attributionOf(caller) }));
    },

    async unpause(executionId, caller = {}) {
      checkOptions('unpause', caller);
      return toHostAnswer(await apply(executionId, { type: 'pause', paused: false, ...attributionOf(caller) }));
    },

    async due(executionId, activationId, caller = {}) {
      checkOptions('due', caller);
      const problem = problemOf(calls.activationId, activationId, 'activationId of due');
      if (problem !== undefined) throw new FlowError('invalid_request', problem);
      const event = { type: 'due', activation: activationId, ...attributionOf(caller) } as const;
      const applied = await apply(executionId, event);
      return applied?.answer?.kind === 'unknown' ? 'unknown' : toHostAnswer(applied);
    },

    async setConcurrency(executionId, limit) {
      const problem = limit === null ? undefined : problemOf(OPTIONS.concurrency.given, limit, 'The concurrency');
      if (problem !== undefined) throw new FlowError('invalid_request', problem);
      return toHostAnswer(await apply(executionId, { type: 'concurrency', limit }, GROWS));
    },

    async declareResourceRequirement(executionId, key, options = {}) {
      const event = { type: 'require', requirement: requirementOf(key, options) } as const;
      return toHostAnswer(await apply(executionId, event, GROWS));
    },

    async claim(executionId, owner, ttl) {
      if (owner === '' || owner.length > OWNER) {
        throw new FlowError(
          'invalid_request',
          `Execution ${executionId}: the owner of a lease must have 1 to ${OWNER} characters.`,
        );
      }
      const until = ports.clock.now() + checkTtl(ttl);
      const event = { type: 'hostClaim', owner, mark: ports.entropy.id(), until } as const;
      const applied = await apply(executionId, event, GROWS);
      if (!applied) return { kind: 'unknown' };
      const lease = applied.head.hostLease;
      const isOwn = lease?.mark === event.mark;
      if (isOwn) return { kind: 'claimed', fence: lease.fence, until: lease.until };
      return { kind: 'held', ...(lease ? { owner: lease.owner, until: lease.until } : {}) };
    },

    async heartbeat(executionId, fence, ttl) {
      const until = ports.clock.now() + checkTtl(ttl);
      return toLeaseAnswer(await apply(executionId, { type: 'hostRenew', fence, until }, GROWS));
    },

    async release(executionId, fence) {
      return toLeaseAnswer(await apply(executionId, { type: 'hostRenew', fence }, GROWS));
    },
  };
}

function toLeaseAnswer(applied: Applied | undefined): LeaseAnswer {
  const answer = toHostAnswer(applied);
  return answer === 'already' ? 'over' : answer;
}

export function toHostAnswer(applied: Applied | undefined): HostAnswer {
  if (!applied) return 'unknown';
  return applied.answer?.kind === 'applied' ? 'applied' : 'already';
}
