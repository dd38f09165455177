/** Finds the flow and the resources of a sub-flow frame. */
import type { Head, Interrupt, ScopeId } from '../../engine/head.ts';
import type { AnyFlow, ChunkCode } from '../../flow/authoring/flow.ts';
import type { Resources } from './resources.ts';

/** Returns the flow whose nodes a frame runs; without a frame the outermost flow. */
export function flowAt(flow: AnyFlow, head: Head, home: ScopeId | undefined): AnyFlow {
  const frame = home === undefined ? undefined : head.frames[home];
  if (!frame) return flow;
  return flowAt(flow, head, frame.parent.home).children.get(frame.node) ?? flow;
}

/** Returns the chunk that an activation or a wait belongs to. */
export function chunkAt(
  flow: AnyFlow,
  head: Head,
  { node, home }: Pick<Interrupt, 'node' | 'home'>,
): ChunkCode | undefined {
  const own = flowAt(flow, head, home);
  const found = own.graph.nodes[node];
  return found?.kind === 'chunk' ? own.chunks.get(found.chunk) : undefined;
}

/**
 * Resources that code inside a frame gets. In a sub-flow these are only the captured ones, under their captured names.
 */
export function resourcesAt(resources: Resources, flow: AnyFlow, head: Head, home: ScopeId | undefined): Resources {
  const frame = home === undefined ? undefined : head.frames[home];
  if (!frame) return resources;
  const outer = resourcesAt(resources, flow, head, frame.parent.home);
  const node = flowAt(flow, head, frame.parent.home).graph.nodes[frame.node];
  const captured = Object.entries((node?.kind === 'subFlow' && node.capture?.resources) || {});
  return {
    async ready(names) {
      const wanted = captured
        .filter(([name]) => names.includes(name))
        .map(([name, path]) => ({ name, from: path.slice('resources.'.length) }));
      const live = await outer.ready(wanted.map(({ from }) => from));
      const there = wanted.filter(({ from }) => Object.hasOwn(live, from));
      return Object.fromEntries(there.map(({ name, from }) => [name, live[from]]));
    },
  };
}
