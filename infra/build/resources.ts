/** Resources that flows declare and their app does not make. The compiler reports them, but a build does not ask it. */
import type { App } from '../../lib/index.ts';

/** One line for each of them; nothing where all are made. */
export function resourceProblem(app: Pick<App, 'flows' | 'taskFlows' | 'resources'>): string | undefined {
  const declared = [
    ...app.flows.flatMap(({ name, contract }) => contract.resources.map((resource) => ({ name, resource }))),
    ...(app.taskFlows ?? []).flatMap(({ name, resources }) => resources.map((resource) => ({ name, resource }))),
  ];
  const lines = declared
    .filter(({ resource }) => !Object.hasOwn(app.resources, resource))
    .map(({ name, resource }) => `Flow "${name}" declares the resource "${resource}", which the app does not make.`);
  if (lines.length === 0) return undefined;
  return [...new Set(lines), 'Add a factory for it to the resources of defineApp.'].join('\n');
}
