/** `defineApp`: the flows of a deployment, the factories of what they need, who decides and who is told. */
import { FlowError } from '../../errors/errors.ts';
import type { AnyFlow } from '../../flow/authoring/flow.ts';
import type { EnvOfFlow } from '../../flow/operators/pipe.ts';
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
type Needs<F extends Runnable> = F extends unknown ? (needs: EnvOf<F>['resources']) => void : never;
/** The resources of all flows together; one that two flows name has to suit both. */
type AllNeeds<F extends Runnable> = Needs<F> extends (needs: infer All) => void ? All : never;
export type Factories<F extends Runnable> = {
  readonly [Name in keyof AllNeeds<F>]: ResourceFactory<AllNeeds<F>[Name]>;
};

/** Left out where no flow needs any. */
type FactoriesOf<F extends Runnable> = keyof Factories<F> extends never
  ? { readonly resources?: Factories<F> }
  : { readonly resources: Factories<F> };

interface Parts<Flows extends readonly AnyFlow[], Tasks extends readonly TaskFlow[]> {
  readonly flows: Flows;
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
>(app: Parts<Flows, Tasks> & FactoriesOf<Flows[number] | Tasks[number]>): App {
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
