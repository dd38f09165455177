/** What goes into a sub-flow and what comes out of it, checked against the contracts of both flows. */

import type { AnyFlow, Contract } from '../authoring/flow.ts';
import { checkName, invalid } from '../graph/definition.ts';
import type { Binding, Bindings, Capture, WriteBack } from '../graph/graph.ts';
import { checkJson } from '../json.ts';

interface Around {
  readonly flow: string;
  readonly contract: Contract;
  readonly child: AnyFlow;
}

interface BindingOptions {
  readonly capture?: Capture;
  readonly writeBack?: WriteBack;
}

const CAPTURE = { into: ['input', 'state', 'flowData', 'resources'], from: ['value', 'state', 'flowData'] };
const WRITE_BACK = { into: ['value', 'state', 'flowData'], from: ['result', 'state'] };
const SEGMENT = /^[^.]+(\.[^.]+)*$/;

/**
 * @returns copies of the bindings, as data
 * @throws FlowError `definition_invalid`: an unknown scope, a path that cannot be, a key outside the contracts
 */
export function checkBindings(around: Around, { capture, writeBack }: BindingOptions): BindingOptions {
  const { child, contract } = around;
  if (capture) {
    checkScopes(around, 'capture', capture, CAPTURE.into);
    each(capture.input, (path) => checkSource(around, 'capture.input', path, CAPTURE.from, contract));
    members(around, 'capture.state', capture.state, (key, path) => {
      checkName('state key', key);
      checkDeclared(`capture.state.${key}`, key, child.name, child.contract);
      checkSource(around, `capture.state.${key}`, path, CAPTURE.from, contract);
    });
    members(around, 'capture.flowData', capture.flowData, (key, path) => {
      checkSource(around, `capture.flowData.${key}`, path, CAPTURE.from, contract);
    });
    members(around, 'capture.resources', capture.resources, (name, path) => {
      checkName('resource', name);
      checkSource(around, `capture.resources.${name}`, path, ['resources'], contract);
    });
  }
  if (writeBack) {
    checkScopes(around, 'writeBack', writeBack, WRITE_BACK.into);
    each(writeBack.value, (path) => checkSource(around, 'writeBack.value', path, WRITE_BACK.from, child.contract));
    for (const scope of ['state', 'flowData'] as const) {
      members(around, `writeBack.${scope}`, writeBack[scope], (target, path) => {
        const where = `writeBack.${scope}.${target}`;
        if (!SEGMENT.test(target)) throw problem(around, `${where} is no path`);
        if (scope === 'state') checkDeclared(where, target.split('.')[0] ?? '', around.flow, contract);
        checkSource(around, where, path, WRITE_BACK.from, child.contract);
      });
    }
  }
  // Copies, because options are the caller's: a later change must not reach a graph whose fingerprint is known.
  const copy = <T extends object>(bindings: T): T => checkJson(bindings, 'bindings') as T;
  return { ...(capture && { capture: copy(capture) }), ...(writeBack && { writeBack: copy(writeBack) }) };
}

function checkScopes(around: Around, where: string, bindings: object, known: readonly string[]): void {
  const unknown = Object.keys(bindings).find((scope) => !known.includes(scope));
  if (unknown !== undefined) throw problem(around, `${where} has no scope "${unknown}". Use ${known.join(', ')}`);
}

function checkSource(
  around: Around,
  where: string,
  path: Binding,
  scopes: readonly string[],
  { state }: Contract,
): void {
  if (typeof path !== 'string' || !SEGMENT.test(path)) throw problem(around, `${where} is no path such as "value.id"`);
  const [scope = '', key, ...rest] = path.split('.');
  if (!scopes.includes(scope))
    throw problem(around, `${where} reads "${path}", which has an unknown scope. Use ${scopes.join(', ')}`);
  const isRoot = scope === 'value' || scope === 'result';
  if (!isRoot && key === undefined) throw problem(around, `${where} reads all of ${scope}. Name what to read`);
  if (scope === 'resources' && rest.length > 0)
    throw problem(around, `${where} reads inside a resource. Resources go in as they are`);
  if (scope === 'state' && state && !Object.hasOwn(state, key ?? ''))
    throw problem(around, `${where} reads the state key "${key}", which is not declared`);
}

function checkDeclared(where: string, key: string, flow: string, { state }: Contract): void {
  if (state && !Object.hasOwn(state, key))
    throw invalid(
      `${where} writes the state key "${key}", which flow "${flow}" does not declare. Add it to its state.`,
    );
}

function each(bindings: Bindings | undefined, check: (path: Binding) => void): void {
  if (bindings === undefined) return;
  if (typeof bindings === 'object' && bindings !== null) for (const path of Object.values(bindings)) check(path);
  else check(bindings);
}

function members(
  around: Around,
  where: string,
  bindings: Readonly<Record<string, Binding>> | undefined,
  check: (key: string, path: Binding) => void,
): void {
  if (bindings === undefined) return;
  if (typeof bindings !== 'object' || bindings === null)
    throw problem(around, `${where} must be an object of paths by name`);
  for (const [key, path] of Object.entries(bindings)) check(key, path);
}

function problem({ child }: Around, what: string) {
  return invalid(`Sub-flow "${child.name}": ${what}.`);
}
