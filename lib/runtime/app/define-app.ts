/** `defineApp`: flows, resource factories, the approval policy and the exchange providers of one deployment. */
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
import { validate } from './contracts/contract.ts';

type Runnable = AnyFlow | TaskFlow;
type EnvOf<F extends Runnable> = F extends AnyFlow ? EnvOfFlow<F> : EnvOfTasks<F>;
type Uses<F extends Runnable> = F extends unknown ? (resources: EnvOf<F>['resources']) => void : never;
/** Resources of all flows together. A resource that two flows name must satisfy both types. */
type AllUsed<F extends Runnable> = Uses<F> extends (resources: infer All) => void ? All : never;

declare const needs: unique symbol;

/** No value has this type: the compiler error that prints it names the missing resource. */
export interface Needs<What extends string> {
  readonly [needs]: What;
}

/** `Flows`, or `Needs<…>` when the flows use resources and `resources` is left out. */
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
  /** Resolvers by name, for resources declared with `resolver`. */
  readonly resolvers?: Readonly<Record<string, ResourceResolver>>;
}

/**
 * Registers flows and the factories of their resources, and checks all definitions. Of several versions of a flow, list
 * the one for new executions last.
 * @throws FlowError `definition_invalid` for a wrongly wired flow, two flows with one name and fingerprint, or a
 * schedule whose input does not match its flow
 */
export function defineApp<
  const Flows extends readonly AnyFlow[],
  const Tasks extends readonly TaskFlow[] = readonly [],
  Present extends keyof App = 'flows',
>(
  app: Parts<Tasks> & { readonly [Part in Present]?: unknown } & {
    readonly flows: Satisfied<Flows, keyof AllUsed<Flows[number] | Tasks[number]>, Present>;
    // An inline type, not a named one: compiler errors then show the missing factory instead of the types of all flows.
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
        `Two flows "${flow.name}" have the same fingerprint, so an execution cannot be assigned to one of them. List only one.`,
        { details: { flow: flow.name } },
      );
    }
    seen.set(key, flow);
  }
  for (const { name } of app.taskFlows ?? []) {
    if ([...app.flows, ...(app.taskFlows ?? [])].filter((each) => each.name === name).length === 1) continue;
    throw new FlowError(
      'definition_invalid',
      `Task flow "${name}" has the same name as another flow of the app. Rename one of them.`,
      {
        details: { flow: name },
      },
    );
  }
  const made: App = { ...app, resources: app.resources ?? {}, flows: [...seen.values()] };
  for (const { name, schedules, contract } of currentFlows(made)) {
    for (const { id, input = null } of schedules) {
      validate(contract.input, input, `Schedule "${id}" of flow "${name}": input`, 'definition_invalid');
    }
  }
  return made;
}
