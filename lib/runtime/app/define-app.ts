/** `defineApp`: the flows of a deployment, the factories of what they need, who decides and who is told. */
import { FlowError } from '../../errors/errors.ts';
import type { AnyFlow } from '../../flow/authoring/flow.ts';
import type { EnvOfFlow } from '../../flow/pipe/pipe.ts';
import type { EnvOfTasks, TaskFlow } from '../../flow/tasks/task-flow.ts';
import {
  type App,
  currentFlows,
  type ExchangeFactory,
  type PolicyHandler,
  type ResourceFactory,
  type ResourceResolver,
} from './app.ts';
import { validate } from './contract.ts';

type Runnable = AnyFlow | TaskFlow;
type EnvOf<F extends Runnable> = F extends AnyFlow ? EnvOfFlow<F> : EnvOfTasks<F>;
type Uses<F extends Runnable> = F extends unknown ? (resources: EnvOf<F>['resources']) => void : never;
/** The resources of all flows together; one that two flows name has to suit both. */
type AllUsed<F extends Runnable> = Uses<F> extends (resources: infer All) => void ? All : never;

declare const needs: unique symbol;

/** No value has this type: a compiler error that names it says what is missing. */
export interface Needs<What extends string> {
  readonly [needs]: What;
}

/** `Flows`, unless they use resources and `resources` is left out. */
type Satisfied<Flows, Names, Present> = 'resources' extends Present
  ? Flows
  : [Names] extends [never]
    ? Flows
    : Needs<`resource ${Names & string}`>;

interface Parts<Tasks extends readonly TaskFlow[]> {
  /** Flows whose tasks are submitted with each start. */
  readonly taskFlows?: Tasks;
  readonly policy?: PolicyHandler;
  readonly exchange?: Readonly<Record<string, ExchangeFactory>>;
  /** For resources that are declared with the name of a resolver. */
  readonly resolvers?: Readonly<Record<string, ResourceResolver>>;
}

/**
 * Registers flows and resource factories. Several versions of a flow may be listed, the one to start last.
 * @throws FlowError `definition_invalid`: a flow that is wrongly wired, two flows of one name and fingerprint, or a schedule
 * whose input does not fit its flow
 */
export function defineApp<
  const Flows extends readonly AnyFlow[],
  const Tasks extends readonly TaskFlow[] = readonly [],
  Present extends keyof App = 'flows',
>(
  app: Parts<Tasks> & { readonly [Part in Present]?: unknown } & {
    readonly flows: Satisfied<Flows, keyof AllUsed<Flows[number] | Tasks[number]>, Present>;
    // Not a named type: errors then show the factory that is missing instead of the types of all flows.
    readonly resources?: {
      readonly [Name in keyof AllUsed<Flows[number] | Tasks[number]>]: ResourceFactory<
        AllUsed<Flows[number] | Tasks[number]>[Name]
      >;
    };
  },
): App;
export function defineApp(app: Partial<App> & Pick<App, 'flows'>): App {
  const seen = new Map<string, AnyFlow>();
  for (const flow of app.flows) {
    const key = `${flow.name} ${flow.fingerprint}`;
    const known = seen.get(key);
    if (known && known !== flow) {
      throw new FlowError(
        'definition_invalid',
        `Two flows "${flow.name}" have the same definition, so executions cannot tell them apart. List one of them.`,
        { details: { flow: flow.name } },
      );
    }
    seen.set(key, flow);
  }
  for (const { name } of app.taskFlows ?? []) {
    if ([...app.flows, ...(app.taskFlows ?? [])].filter((each) => each.name === name).length === 1) continue;
    throw new FlowError('definition_invalid', `There are several flows "${name}", one of them of tasks. Rename one.`, {
      details: { flow: name },
    });
  }
  const made: App = { ...app, resources: app.resources ?? {}, flows: [...seen.values()] };
  for (const { name, schedules, contract } of currentFlows(made)) {
    for (const { id, input = null } of schedules) {
      validate(contract.input, input, `Schedule "${id}" of flow "${name}": input`, 'definition_invalid');
    }
  }
  return made;
}
