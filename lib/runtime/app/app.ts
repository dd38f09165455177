/**
 * An app: the flows of a deployment and the factories of their resources. It is an explicit list without a registry, so
 * one process can hold several apps. Several versions of a flow may be registered: the last one starts new executions,
 * and each older one finishes its own.
 */
import { FlowError } from '../../errors/errors.ts';
import type { ApprovalRequest, PolicyDecision } from '../../flow/authoring/approval.ts';
import type { AnyFlow } from '../../flow/authoring/flow.ts';
import type { Requirement } from '../../flow/authoring/requirements.ts';
import type { TaskFlow } from '../../flow/tasks/task-flow.ts';
import type { ExchangeProvider } from '../../ports/exchange.ts';

export type { Announcement, ExchangeProvider, Withdrawal } from '../../ports/exchange.ts';

/**
 * Makes a live object once per process, when a chunk first needs it. An error is not cached: the next call tries again.
 */
export type ResourceFactory<T = unknown> = () => T | Promise<T>;

/** Makes an exchange provider once per process, when the first wait is announced through it. */
export type ExchangeFactory = () => ExchangeProvider | Promise<ExchangeProvider>;

export interface PolicyQuestion extends ApprovalRequest {
  readonly execution: { readonly id: string; readonly flow: string };
  readonly chunk: string;
}

/** Answers `requireApproval` of a chunk. A retry may ask the same question again. An error fails the attempt. */
export type PolicyHandler = (question: PolicyQuestion) => PolicyDecision | Promise<PolicyDecision>;
/**
 * Makes the live object of a declared requirement when a snapshot is loaded, and validates its `stateRef`.
 * @throws any error when the object is not available; then nothing is loaded
 */
export type ResourceResolver = (requirement: Requirement) => unknown;

export interface App {
  readonly flows: readonly AnyFlow[];
  readonly resources: Readonly<Record<string, ResourceFactory>>;
  /** Flows whose tasks are submitted with each start. */
  readonly taskFlows?: readonly TaskFlow[];
  /** Absent: every request waits for a person. */
  readonly policy?: PolicyHandler;
  /**
   * Providers by channel; `default` announces the waits that name no channel. Absent: waits are listed but not
   * announced.
   */
  readonly exchange?: Readonly<Record<string, ExchangeFactory>>;
  /** Resolvers by the name that requirements use. */
  readonly resolvers?: Readonly<Record<string, ResourceResolver>>;
}

/** Flows that new executions run: the last registered version of each. */
export function currentFlows(app: Pick<App, 'flows'>): readonly AnyFlow[] {
  return Array.from(new Set(app.flows.map(({ name }) => name)), (name) => currentFlow(app, name));
}

/** Returns the version that new executions of this flow run. @throws FlowError `unknown_flow` */
export function currentFlow(app: Pick<App, 'flows'>, name: string): AnyFlow {
  const flow = app.flows.findLast((candidate) => candidate.name === name);
  if (!flow)
    throw new FlowError(
      'unknown_flow',
      `App has no flow "${name}". Add it to the flows of defineApp, or correct the name.`,
      { details: { flow: name } },
    );
  return flow;
}
