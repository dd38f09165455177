/** A required yes or no, such as `approved`, or a choice of two or three becomes buttons; the rest stays a form. */
import { type Field, type Schema, wholeField } from './fields.ts';
import { capital } from './words.ts';

export interface Decision {
  /** Member of the answer. Absent: the choice is the whole answer. */
  readonly name?: string;
  /** Stands above buttons that do not explain themselves. */
  readonly label?: string;
  readonly hint?: string;
  readonly choices: readonly DecisionChoice[];
  /** The schema without the decision. */
  readonly rest: Schema;
}

export interface DecisionChoice {
  readonly label: string;
  readonly value: unknown;
  /** Key of the console that moves the focus to it. */
  readonly hotkey?: string;
}

const VERBS: Readonly<Record<string, readonly [string, string]>> = {
  approved: ['Approve', 'Reject'],
  approve: ['Approve', 'Reject'],
  allowed: ['Allow', 'Deny'],
  publish: ['Publish', 'Do not publish'],
};
const NOTHING: Schema = { type: 'object', properties: {} };

export function decisionOf(schema: Schema | undefined): Decision | undefined {
  if (!schema) return undefined;
  const whole = wholeField(schema);
  const properties = schema.properties as Readonly<Record<string, Schema>> | undefined;
  if (whole.choices) return isDecision(whole) ? { choices: choicesOf(whole), rest: NOTHING } : undefined;
  const open = (whole.fields ?? []).filter(isDecision);
  const yesNo = open.filter(isYesNo);
  const [only, ...more] = yesNo.length > 0 ? yesNo : open;
  if (!properties || !only || more.length > 0) return undefined;
  const { name, hint } = only;
  const { [name]: own = {}, ...others } = properties;
  const required = (schema.required as readonly string[]).filter((each) => each !== name);
  const hasTitle = typeof own.title === 'string' || hint !== undefined;
  return {
    name,
    choices: choicesOf(only),
    rest: { ...schema, properties: others, required },
    ...(hasTitle || !Object.hasOwn(VERBS, name) ? { label: only.label } : {}),
    ...(hint === undefined ? {} : { hint }),
  };
}

function isDecision({ kind, required, choices = [] }: Field): boolean {
  return kind === 'choice' && required && choices.length >= 2 && choices.length <= 3;
}

function isYesNo({ choices = [] }: Field): boolean {
  return choices.every(({ value }) => typeof value === 'boolean');
}

function choicesOf(field: Field): readonly DecisionChoice[] {
  const { name, choices = [] } = field;
  const verbs = isYesNo(field) && Object.hasOwn(VERBS, name) ? VERBS[name] : undefined;
  return choices.map(({ label, value }, i) => ({
    label: verbs?.[i] ?? capital(label),
    value,
    ...(i === 0 ? { hotkey: 'a' } : {}),
    ...(i === choices.length - 1 ? { hotkey: 'r' } : {}),
  }));
}
