/** The types of `subFlow`. */
import type { AnyFlow } from '../authoring/flow.ts';
import type { Bindings, Capture, WriteBack } from '../graph/graph.ts';
import type { EnvOfFlow } from './pipe.ts';

/** `From` and `Into` are `never` where nothing says what goes in and what the value becomes. */
export interface SubFlowOptions<From extends Bindings, Into extends Bindings, Side extends boolean> {
  /** What of this flow the child sees, as paths: `value…`, `state.<key>…`, `flowData.<key>…`, `resources.<name>`. */
  readonly capture?: Omit<Capture, 'input'> & { readonly input?: From };
  /** What of the child comes out, as paths: `result…`, `state.<key>…` of the child. */
  readonly writeBack?: Omit<WriteBack, 'value'> & { readonly value?: Into };
  /** How many chunks of the child may run at once, those of its sub-flows included. Its `execution.concurrency` holds too. */
  readonly concurrency?: number;
  /** Runs beside the main path, which keeps its value. */
  readonly sideBranch?: Side;
}

/** Without a capture of its own the child's input is the value, which has to fit. */
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
