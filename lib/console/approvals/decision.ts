/** A required yes or no, such as `approved`, becomes two buttons; what is left of the schema stays a form. */
import type { Schema } from '../api/wire.ts';

export interface Decision {
  readonly name: string;
  readonly choices: readonly { readonly label: string; readonly value: boolean; readonly hotkey: string }[];
  /** The schema without the decision. */
  readonly rest: Schema;
}

const VERBS: Readonly<Record<string, readonly [string, string]>> = {
  approved: ['Approve', 'Reject'],
  approve: ['Approve', 'Reject'],
  allowed: ['Allow', 'Deny'],
  publish: ['Publish', 'Do not publish'],
};

export function decisionOf(schema: Schema | undefined): Decision | undefined {
  const properties = schema?.properties as Readonly<Record<string, Schema>> | undefined;
  if (schema?.type !== 'object' || !properties) return undefined;
  const required = Array.isArray(schema.required) ? (schema.required as string[]) : [];
  const yesNo = Object.entries(properties).filter(([name, part]) => part.type === 'boolean' && required.includes(name));
  const [only] = yesNo;
  if (!only || yesNo.length !== 1) return undefined;
  const [name] = only;
  const [yes, no] = VERBS[name] ?? ['Yes', 'No'];
  const { [name]: _, ...others } = properties;
  return {
    name,
    choices: [
      { label: yes, value: true, hotkey: 'a' },
      { label: no, value: false, hotkey: 'r' },
    ],
    rest: { ...schema, properties: others, required: required.filter((each) => each !== name) },
  };
}
