/** Bindings of a sub-flow (`capture` and `writeBack`), checked against the contracts of both flows. */

import { z } from 'zod';
import type { AnyFlow, Contract } from '../authoring/flow.ts';
import { checkName, invalid } from '../checks/definition.ts';
import { checkJson } from '../json.ts';

/**
 * A path to read from. In a capture: `value…`, `state.<key>…`, `flowData.<key>…`, `resources.<name>` of the parent. In a
 * write-back: `result…`, `state.<key>…` of the child.
 */
export type Binding = string;

const paths = z.record(z.string(), z.string()).readonly();
const bindings = z.union([z.string(), paths], 'is neither a path nor an object of paths');

export const shapeOfCapture = z
  .strictObject({
    /** Default: the value. */
    input: bindings.exactOptional(),
    state: paths.exactOptional(),
    flowData: paths.exactOptional(),
    resources: paths.exactOptional(),
  })
  .readonly();

export const shapeOfWriteBack = z
  .strictObject({
    /** A path replaces the value, an object of paths patches it. Default: the child's result becomes the value. */
    value: bindings.exactOptional(),
    state: paths.exactOptional(),
    flowData: paths.exactOptional(),
  })
  .readonly();

/** One path, or an object whose members come from one path each. */
export type Bindings = z.infer<typeof bindings>;
/** The data of the parent that a child receives. */
export type Capture = z.infer<typeof shapeOfCapture>;
/**
 * The data of the child that the parent receives. State paths are state writes of the parent, which start its `when` chains.
 */
export type WriteBack = z.infer<typeof shapeOfWriteBack>;

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
 * @throws FlowError `definition_invalid` for an unknown scope, a malformed path, or a key outside the contracts
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
        if (!SEGMENT.test(target)) throw problem(around, `${where} is not a valid path. Write it like "key.member"`);
        if (scope === 'state') checkDeclared(where, target.split('.')[0] ?? '', around.flow, contract);
        checkSource(around, where, path, WRITE_BACK.from, child.contract);
      });
    }
  }
  // Copied, because the caller may change the options later, and the fingerprint must stay true.
  const copy = <T extends object>(given: T): T => checkJson(given, 'bindings') as T;
  return { ...(capture && { capture: copy(capture) }), ...(writeBack && { writeBack: copy(writeBack) }) };
}

function checkScopes(around: Around, where: string, given: object, known: readonly string[]): void {
  const unknown = Object.keys(given).find((scope) => !known.includes(scope));
  if (unknown !== undefined) throw problem(around, `${where} has no scope "${unknown}". Use ${known.join(', ')}`);
}

function checkSource(
  around: Around,
  where: string,
  path: Binding,
  scopes: readonly string[],
  { state }: Contract,
): void {
  if (typeof path !== 'string' || !SEGMENT.test(path))
    throw problem(around, `${where} is not a valid path. Write it like "value.id"`);
  const [scope = '', key, ...rest] = path.split('.');
  if (!scopes.includes(scope))
    throw problem(around, `${where} reads "${path}", which has an unknown scope. Use ${scopes.join(', ')}`);
  const isRoot = scope === 'value' || scope === 'result';
  if (!isRoot && key === undefined)
    throw problem(around, `${where} reads all of ${scope}. Name one member, such as "${scope}.key"`);
  if (scope === 'resources' && rest.length > 0)
    throw problem(around, `${where} reads "${path}", inside a resource. Pass the whole resource`);
  if (scope === 'state' && state && !Object.hasOwn(state, key ?? ''))
    throw problem(around, `${where} reads the state key "${key}", which is not declared. Add it to the flow's state`);
}

function checkDeclared(where: string, key: string, flow: string, { state }: Contract): void {
  if (state && !Object.hasOwn(state, key))
    throw invalid(
      `${where} writes the state key "${key}", which flow "${flow}" does not declare. Add it to its state.`,
    );
}

function each(given: Bindings | undefined, check: (path: Binding) => void): void {
  if (given === undefined) return;
  if (typeof given === 'object' && given !== null) for (const path of Object.values(given)) check(path);
  else check(given);
}

function members(
  around: Around,
  where: string,
  given: Readonly<Record<string, Binding>> | undefined,
  check: (key: string, path: Binding) => void,
): void {
  if (given === undefined) return;
  if (typeof given !== 'object' || given === null) throw problem(around, `${where} must be an object of paths by name`);
  for (const [key, path] of Object.entries(given)) check(key, path);
}

function problem({ child }: Around, what: string) {
  return invalid(`Sub-flow "${child.name}": ${what}.`);
}
