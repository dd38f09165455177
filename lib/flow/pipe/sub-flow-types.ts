/** The types of `subFlow`. */
import type { AnyFlow } from '../authoring/flow.ts';
import type { Bindings, Capture, WriteBack } from '../graph/graph.ts';
import type { EnvOfFlow } from './pipe.ts';

/** Options of `subFlow`. `From` is `never` without `capture.input`, `Into` without `writeBack.value`. */
export interface SubFlowOptions<From extends Bindings, Into extends Bindings, Side extends boolean> {
  /**
   * What the child receives, as paths into this flow: `value…`, `state.<key>…`, `flowData.<key>…`, `resources.<name>`.
   * Example: `{ input: 'value.order', state: { user: 'state.customer' }, resources: { mailer: 'resources.mailer' } }`.
   */
  readonly capture?: Omit<Capture, 'input'> & { readonly input?: From };
  /**
   * What comes out, as paths into the child: `result…`, `state.<key>…`. A path as `value` replaces the value, an object of
   * paths patches it. For example `{ value: { receipt: 'result.id' }, state: { paid: 'state.paid' } }`.
   */
  readonly writeBack?: Omit<WriteBack, 'value'> & { readonly value?: Into };
  /**
   * Maximum number of the child's chunks that run at once, its own sub-flows included. Its `execution.concurrency` applies
   * too.
   */
  readonly concurrency?: number;
  /** Runs the child as a side branch: the main path keeps its value and does not wait. */
  readonly sideBranch?: Side;
}

/** Without `capture.input` the child's input is the value, so its type must fit. */
export type InputOf<F extends AnyFlow, V, From> = [From] extends [never]
  ? [V] extends [EnvOfFlow<F>['input']]
    ? unknown
    : { readonly 'the value does not fit the input of this flow': V }
  : unknown;

export type SubFlowOutput<F extends AnyFlow, V, Into, Side> = Side extends true
  ? V
  : [Into] extends [never]
    ? EnvOfFlow<F>['result']
    : unknown;
