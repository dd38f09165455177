/** Ends the frames of sub-flows. */
import type { Head, Origin, ScopeId } from '../head.ts';
import { dropFrame } from './scopes.ts';

/** Ends a sub-flow frame. With failed side branches inside it stays, because a redrive needs its state. */
export function leaveChild(head: Head, scope: ScopeId): void {
  const frame = head.frames[scope];
  if (frame?.kind !== 'child') return;
  if (head.activations.some((each) => isWithin(head, each, scope))) frame.over = true;
  else dropChild(head, scope);
}

/** Deletes the frame with the joins and frames inside it. */
export function dropChild(head: Head, scope: ScopeId): void {
  dropFrame(head, scope);
  head.joins = head.joins.filter((each) => each.home !== scope);
  for (const [at, each] of Object.entries(head.frames)) if (each.parent.home === scope) dropFrame(head, at);
}

function isWithin(head: Head, origin: Origin, home: ScopeId): boolean {
  for (let at = origin.home; at !== undefined; at = head.frames[at]?.parent.home) if (at === home) return true;
  return false;
}
