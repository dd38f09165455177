/** Ends the frames of sub-flows. */
import type { Head, Origin, ScopeId } from '../head.ts';
import { dropFrame } from './scopes.ts';

/**
 * Ends a sub-flow frame. With failed side branches inside it stays, because a redrive needs its state.
 * @param inside scopes of the frames inside it
 */
export function leaveChild(head: Head, scope: ScopeId, inside?: readonly ScopeId[]): void {
  const frame = head.frames[scope];
  if (frame?.kind !== 'child') return;
  if (head.activations.some((each) => isWithin(head, each, scope))) frame.over = true;
  else dropChild(head, scope, inside);
}

/**
 * Deletes the frame with the joins and frames inside it.
 * @param inside scopes of the frames inside it
 */
export function dropChild(head: Head, scope: ScopeId, inside = framesInside(head).get(scope) ?? []): void {
  dropFrame(head, scope);
  head.joins = head.joins.filter((each) => each.home !== scope);
  for (const at of inside) dropFrame(head, at);
}

/** The scopes of the frames inside each sub-flow. */
export function framesInside({ frames }: Head): ReadonlyMap<ScopeId, readonly ScopeId[]> {
  const all = new Map<ScopeId, ScopeId[]>();
  for (const [at, { parent }] of Object.entries(frames)) {
    if (parent.home === undefined) continue;
    const known = all.get(parent.home);
    if (known) known.push(at);
    else all.set(parent.home, [at]);
  }
  return all;
}

function isWithin(head: Head, origin: Origin, home: ScopeId): boolean {
  for (let at = origin.home; at !== undefined; at = head.frames[at]?.parent.home) if (at === home) return true;
  return false;
}
