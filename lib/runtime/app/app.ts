/**
 * An app: the flows a deployment runs and the factories of their resources. An explicit list, no registry, so that a
 * process may hold as many apps as it likes. Several versions of a flow may be registered; the last one starts new
 * executions, the others finish theirs.
 */
import { FlowError } from '../../errors/errors.ts';
import type { ApprovalRequest, PolicyDecision } from '../../flow/authoring/approval.ts';
import type { AnyFlow } from '../../flow/authoring/flow.ts';
import type { Requirement } from '../../flow/authoring/requirements.ts';
import type { TaskFlow } from '../../flow/tasks/task-flow.ts';
import type { ExchangeProvider } from '../../ports/exchange.ts';

export type { Announcement, ExchangeProvider } from '../../ports/exchange.ts';

/** Makes a live object once per process, when a chunk first needs it. */
export type ResourceFactory<T = unknown> = () => T | Promise<T>;

/** Makes a provider once per process, when the first wait is announced by it. */
export type ExchangeFactory = () => ExchangeProvider | Promise<ExchangeProvider>;

export interface PolicyQuestion extends ApprovalRequest {
  readonly execution: { readonly id: string; readonly flow: string };
  readonly chunk: string;
}

/** Decides what chunks ask by `requireApproval`. It may be asked the same again. An error fails the attempt. */
export type PolicyHandler = (question: PolicyQuestion) => PolicyDecision | Promise<PolicyDecision>;
/**
 * Makes the live object of a declared requirement for a loaded execution, and validates its `stateRef`.
 * @throws anything: the object can not be had, nothing is loaded
 */
export type ResourceResolver = (requirement: Requirement) => unknown;

export interface App {
  readonly flows: readonly AnyFlow[];
  readonly resources: Readonly<Record<string, ResourceFactory>>;
  /** Flows whose tasks are submitted with each start. */
  readonly taskFlows?: readonly TaskFlow[];
  /** Absent: people decide. */
  readonly policy?: PolicyHandler;
  /** By channel; `default` announces the waits that name none. Absent: who waits is listed, and nobody told. */
  readonly exchange?: Readonly<Record<string, ExchangeFactory>>;
  /** By the names that requirements use. */
  readonly resolvers?: Readonly<Record<string, ResourceResolver>>;
}

/** The flows that new executions run: of several versions the last one. */
export function currentFlows(app: Pick<App, 'flows'>): readonly AnyFlow[] {
  return Array.from(new Set(app.flows.map(({ name }) => name)), (name) => currentFlow(app, name));
}

/** The flow that new executions of this name run. @throws FlowError `unknown_flow` */
export function currentFlow(app: Pick<App, 'flows'>, name: string): AnyFlow {
  const flow = app.flows.findLast((candidate) => candidate.name === name);
  if (!flow)
    throw new FlowError('unknown_flow', `There is no flow "${name}" in this app.`, { details: { flow: name } });
  return flow;
}
