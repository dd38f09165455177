/** Nesting of scopes: an event ends waits in the scope of its emit, in enclosing scopes and in inner ones. */

import type { Head, Origin, ScopeId } from '../head.ts';
import { ROOT } from '../origin.ts';

/** True when one scope is the other or encloses it. Only then an emit in one reaches a wait in the other. */
export function areNested(head: Head, one: ScopeId, other: ScopeId): boolean {
  const [a, b] = [scopesAround(head, one), scopesAround(head, other)];
  return a.includes(b[0] ?? ROOT) || b.includes(a[0] ?? ROOT);
}

/**
 * The scope and its enclosing scopes, innermost first. An outside signal without a correlation counts as the root
 * scope.
 */
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

/** The enclosing scope, also after the operator of the scope has ended. */
export function outerOf({ frames, around }: Pick<Head, 'frames' | 'around'>, scope: ScopeId): ScopeId | undefined {
  return frames[scope]?.parent.scope ?? around?.[scope];
}

/** The scopes and all scopes that enclose them. */
export function allAround(head: Head, scopes: readonly ScopeId[]): ReadonlySet<ScopeId> {
  const all = new Set<ScopeId>();
  for (const scope of scopes) {
    for (let at: ScopeId | undefined = scope; at !== undefined && !all.has(at); at = outerOf(head, at)) all.add(at);
  }
  return all;
}

/** Deletes a frame, and notes its enclosing scope for live work that is left in it. */
export function dropFrame(head: Head, scope: ScopeId): void {
  const frame = head.frames[scope];
  if (!frame) return;
  delete head.frames[scope];
  head.around ??= {};
  head.around[scope] = frame.parent.scope;
}

/** Registers the scope of a correlation. Other scopes without a frame count as the root. */
export function addCorrelation(head: Head, scope: ScopeId): void {
  if (!head.correlations?.includes(scope)) head.correlations = [...(head.correlations ?? []), scope];
}

/** Shrinks `around` and `correlations` to the scopes that live work and waits need. */
export function pruneScopes(head: Head): void {
  if (!head.around && !head.correlations) return;
  if (!head.correlations && head.around && !isUsed(head, head.around)) {
    delete head.around;
    return;
  }
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

/** True when live work or a frame is in one of the scopes. */
function isUsed(
  { activations, signals, interrupts, frames }: Head,
  scopes: Readonly<Record<ScopeId, ScopeId>>,
): boolean {
  for (const rows of [activations, signals, interrupts])
    for (const { scope } of rows) if (scopes[scope] !== undefined) return true;
  for (const at in frames) if (scopes[frames[at]?.parent.scope ?? ''] !== undefined) return true;
  return false;
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
