/** Which scopes are around which: an event ends the waits in the scope of its emit, around it and inside it. */

import type { Head, Origin, ScopeId } from '../head.ts';
import { ROOT } from '../origin.ts';

/** Whether an emit in one scope is heard by a wait in the other: the same scope, one around it, or one inside it. */
export function areNested(head: Head, one: ScopeId, other: ScopeId): boolean {
  const [a, b] = [scopesAround(head, one), scopesAround(head, other)];
  return a.includes(b[0] ?? ROOT) || b.includes(a[0] ?? ROOT);
}

/** The scope and those around it, innermost first. The chain of an outside signal without a correlation counts as the root. */
function scopesAround(head: Head, scope: ScopeId): readonly ScopeId[] {
  const scopes: ScopeId[] = [];
  for (let at: ScopeId | undefined = scope; at !== undefined && !scopes.includes(at); at = outerOf(head, at)) {
    if (isSeparate(head, at)) scopes.push(at);
  }
  return [...scopes, ROOT];
}

function isSeparate({ frames, around, correlations }: Head, scope: ScopeId): boolean {
  return frames[scope] !== undefined || around?.[scope] !== undefined || (correlations?.includes(scope) ?? false);
}

/** The nearest scope around, also where the operator of the scope has ended. */
export function outerOf({ frames, around }: Pick<Head, 'frames' | 'around'>, scope: ScopeId): ScopeId | undefined {
  return frames[scope]?.parent.scope ?? around?.[scope];
}

/** The scopes themselves and all around them. */
export function allAround(head: Head, scopes: readonly ScopeId[]): ReadonlySet<ScopeId> {
  const all = new Set<ScopeId>();
  for (const scope of scopes) {
    for (let at: ScopeId | undefined = scope; at !== undefined && !all.has(at); at = outerOf(head, at)) all.add(at);
  }
  return all;
}

/** Deletes a frame. What is left in its scope keeps the scope around it. */
export function dropFrame(head: Head, scope: ScopeId): void {
  const frame = head.frames[scope];
  if (!frame) return;
  delete head.frames[scope];
  head.around ??= {};
  head.around[scope] = frame.parent.scope;
}

/** Notes the scope of a correlation: unlike other scopes without a frame it does not count as the root. */
export function addCorrelation(head: Head, scope: ScopeId): void {
  if (!head.correlations?.includes(scope)) head.correlations = [...(head.correlations ?? []), scope];
}

/** Keeps of `around` and `correlations` only what leads from live work or a wait to the next such scope. */
export function pruneScopes(head: Head): void {
  if (!head.around && !head.correlations) return;
  const used = usedScopes(head);
  const around: Record<ScopeId, ScopeId> = {};
  for (const scope of used) {
    const outer = head.frames[scope] ? undefined : head.around?.[scope];
    if (outer !== undefined) around[scope] = nearestUsed(head, outer, used);
  }
  const kept = new Set([...used, ...Object.values(around)]);
  const correlations = head.correlations?.filter((scope) => kept.has(scope)) ?? [];
  if (Object.keys(around).length > 0) head.around = around;
  else delete head.around;
  if (correlations.length > 0) head.correlations = correlations;
  else delete head.correlations;
}

function usedScopes({ activations, signals, interrupts, frames }: Head): ReadonlySet<ScopeId> {
  const used = new Set<ScopeId>();
  const add = ({ scope }: Pick<Origin, 'scope'>): unknown => used.add(scope);
  for (const rows of [activations, signals, interrupts]) rows.forEach(add);
  for (const { parent } of Object.values(frames)) add(parent);
  return used;
}

function nearestUsed({ frames, around = {} }: Head, scope: ScopeId, used: ReadonlySet<ScopeId>): ScopeId {
  const passed = new Set<ScopeId>();
  let at = scope;
  while (!frames[at] && !used.has(at) && !passed.has(at)) {
    passed.add(at);
    at = around[at] ?? at;
  }
  return at;
}
