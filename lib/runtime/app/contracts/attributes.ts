/** Attributes as the contract of a flow says, else any text or number. */
import { FlowError, type FlowErrorCode } from '../../../errors/errors.ts';
import type { AnyFlow } from '../../../flow/authoring/flow.ts';
import {
  type Attributes,
  type AttributeValue,
  attributeName,
  attributeValue,
} from '../../../flow/options/attributes.ts';
import { problemOf } from '../../../flow/options/check.ts';
import { validate } from './contract.ts';

/** @throws FlowError with `code`, naming the attribute */
export function checkAttributes(flow: AnyFlow, attributes: Attributes, code: FlowErrorCode): Attributes {
  const checked = Object.entries(attributes).map(([name, value]) => [name, checkAttribute(flow, name, value, code)]);
  return Object.fromEntries(checked) as Attributes;
}

/** @throws FlowError with `code`, naming the attribute */
export function checkAttribute(
  { contract: { attributes = {} } }: Pick<AnyFlow, 'contract'>,
  name: string,
  value: unknown,
  code: FlowErrorCode = 'invalid_value',
): AttributeValue {
  const where = `attribute ${name}`;
  const schema = Object.hasOwn(attributes, name) ? attributes[name] : undefined;
  const parsed = schema ? validate(schema, value, where, code) : value;
  const problem =
    problemOf(attributeName, name, 'the name of the attribute') ?? problemOf(attributeValue, parsed, where);
  if (problem !== undefined) throw new FlowError(code, problem, { details: { path: where } });
  return parsed as AttributeValue;
}
