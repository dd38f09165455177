/** The calls of the client whose values are typed by the contract of one flow. */
import type { Env } from '../../flow/authoring/context.ts';
import type { Key } from '../../flow/authoring/facilities.ts';
import type { AnyFlow } from '../../flow/authoring/flow.ts';
import type { Json } from '../../flow/json.ts';
import type { EnvOfFlow } from '../../flow/pipe/pipe.ts';
import type {
  Acts,
  ChunkAnswer,
  CreateAnswer,
  HostState,
  ResumeAnswer,
  SignalAnswer,
  SignalOptions,
  StartAnswer,
  StartOptions,
} from './types.ts';

/** What a host gives where a contract says `T`: any JSON where the contract says nothing. */
export type Sent<T> = unknown extends T ? Json : T;
/** What starts an execution. */
export type InputFor<E extends Env> = Sent<E['given']['input']>;
/** The signals that it takes, by name. */
export type SignalsFor<E extends Env> = E['given']['signals'];

/** Options of a start: attributes that the contract names have its types. */
export type StartOptionsFor<E extends Env> = StartOptions & { readonly attributes?: Partial<E['given']['attributes']> };

/**
 * The client, typed by one flow: the types before the schemas convert them. Only the types differ from the calls of `Client`: that an
 * execution is of this flow is not checked.
 */
export interface FlowClient<E extends Env = Env> {
  start(input: InputFor<E>, options?: StartOptionsFor<E>): Promise<StartAnswer>;
  create(options?: StartOptionsFor<E>): Promise<CreateAnswer>;
  signal<Name extends Key<SignalsFor<E>>>(
    executionId: string,
    name: Name,
    value: Sent<SignalsFor<E>[Name]>,
    options?: SignalOptions,
  ): Promise<SignalAnswer>;
  /** Answers a wait of a chunk; the value is typed by its `resume` schema. Errors as `Client.resume`. */
  resume<Answer>(executionId: string, interruptId: string, answer: ChunkAnswer<Answer>): Promise<ResumeAnswer>;
  state(executionId: string): HostState<E['given']['state']>;
}

export function createFlowClient<F extends AnyFlow>(client: Acts, flow: F): FlowClient<EnvOfFlow<F>>;
export function createFlowClient(client: Acts, { name: flow }: AnyFlow): FlowClient {
  return {
    start: (input, options) => client.start(flow, input, options),
    create: (options) => client.create(flow, options),
    signal: (executionId, name, value, options) => client.signal(executionId, name, value, options),
    resume: (executionId, interruptId, answer) => client.resume(executionId, interruptId, answer),
    state: (executionId) => client.state(executionId),
  };
}
