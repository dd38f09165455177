/**
 * Linearizability: is there an order of the operations, within their call and answer times, in which a plain register gives
 * these answers? A small exhaustive search for each interrupt and each execution.
 */

/** One call of an outside caller, as the caller saw it. */
export interface Operation {
  readonly what: 'create' | 'start' | 'get' | 'close' | 'reopen' | 'resume' | 'resume event';
  /** Its subject: an execution, or an interrupt of one. */
  readonly key: string;
  readonly value: string;
  readonly from: number;
  /** Absent: there was no answer; it may have happened at any time after `from`, or never. */
  readonly to?: number;
  readonly kind?: string;
}

interface Model {
  readonly initial: string;
  /** States that the register may reach by itself. */
  readonly drift: (register: string) => readonly string[];
  /** The register after the operation, or `undefined` when it cannot have given this answer. */
  readonly apply: (operation: Operation, register: string) => string | undefined;
}

/** @returns the keys whose history has no such order */
export function findNonLinearizable(operations: readonly Operation[]): readonly string[] {
  const problems: string[] = [];
  for (const [model, isOf] of [
    [INTERRUPT, (each: Operation) => each.what === 'resume'],
    [EVENT_WAIT, (each: Operation) => each.what === 'resume event'],
    [EXECUTION, (each: Operation) => !each.what.startsWith('resume')],
  ] as const) {
    for (const key of new Set(operations.filter(isOf).map((operation) => operation.key))) {
      const history = operations.filter((each) => isOf(each) && each.key === key);
      if (!search(model, history, model.initial, new Set())) problems.push(`${key}: ${JSON.stringify(history)}`);
    }
  }
  return problems;
}

function search(model: Model, left: readonly Operation[], register: string, seen: Set<string>): boolean {
  if (left.every((operation) => operation.to === undefined)) return true;
  const key = `${register}|${left.map((operation) => operation.from).join()}`;
  if (seen.has(key)) return false;
  seen.add(key);
  const firstEnd = Math.min(...left.map((operation) => operation.to ?? Infinity));
  const registers = [register, ...model.drift(register)];
  const possible = left.filter(({ from }) => from <= firstEnd);
  for (const operation of possible) {
    if (possible.some((each) => isAlike(each, operation) && goesFirst(each, operation))) continue;
    for (const now of registers) {
      const next = model.apply(operation, now);
      if (next === undefined) continue;
      const rest = left.filter((each) => each !== operation);
      if (search(model, rest, next, seen)) return true;
    }
  }
  return false;
}

/** Of operations with the same effect, the one with the earliest end may go first. */
function isAlike(a: Operation, b: Operation): boolean {
  return a.what === b.what && a.value === b.value && a.kind === b.kind;
}

function goesFirst({ to = Infinity, from }: Operation, than: Operation): boolean {
  const end = than.to ?? Infinity;
  return to === end ? from < than.from : to < end;
}

/** `''` pending; `end` expired or cancelled; otherwise the winner's request id and value. */
const INTERRUPT: Model = {
  initial: '',
  drift: (register) => (register === '' ? ['end'] : []),
  apply: ({ value, kind }, register) => {
    if (kind === undefined) return register === '' ? value : register;
    // Refused by the host lease, independent of the wait.
    if (kind === 'leaseExpired') return register;
    // A call whose earlier try was applied with an unknown outcome finds its own entry in the ledger.
    if (register === '') return kind === 'accepted' || kind === 'duplicate' ? value : undefined;
    if (register === 'end') return kind === 'gone' ? register : undefined;
    const [winner] = JSON.parse(register) as [string];
    const [own] = JSON.parse(value) as [string];
    const answer = register === value ? 'duplicate' : winner === own ? 'mismatch' : 'conflict';
    return kind === answer ? register : undefined;
  },
};

/** An emit of the event may also end it. */
const EVENT_WAIT: Model = {
  ...INTERRUPT,
  drift: (register) => (register === '' ? ['end', '["an emit"]'] : []),
};

const LEVELS = ['none', 'open', 'sealed', 'closed'];

/** `<lifecycle>|<input>|<final status>`: the start register and the lifecycle. Only unseal and redrive move back. */
const EXECUTION: Model = {
  initial: 'none||',
  drift: (register) => {
    const [level = '', input] = register.split('|');
    if (level === 'none') return [];
    return LEVELS.slice(LEVELS.indexOf(level) + 1).map((next) => `${next}|${input}|`);
  },
  apply: ({ what, value, kind }, register) => {
    const [level = '', input, status] = register.split('|');
    if (what === 'create') return level === 'none' ? 'open||' : register;
    // An execution that another call created may be started by a call that does not know of it.
    if (what === 'start' && level !== 'none' && input === '') return `${level}|${value}|${status}`;
    if (what === 'start') {
      if (level === 'none') return kind === undefined || kind === 'started' ? `open|${value}|` : undefined;
      const answer = input === value ? 'existing' : 'conflict';
      return kind === undefined || kind === answer ? register : undefined;
    }
    if (what === 'get') {
      if (kind !== level) return undefined;
      if (status !== '' && value !== status) return undefined;
      return `${level}|${input}|${value}`;
    }
    if (what === 'reopen') return level === 'none' ? register : `open|${input}|`;
    const wanted = { closing: ['sealed', 'closed'], closed: ['closed'], unknown: ['none'] }[kind ?? ''];
    return !wanted || wanted.includes(level) ? register : undefined;
  },
};
