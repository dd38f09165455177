/** The results of the attack: one row for each part, and each fault with the arguments that repeat it. */
export const CANARY = 'c4n4ry';
/** Maximum size of an answer in bytes, below Lambda's limit. */
const MAX_ANSWER = 4_000_000;
const SHOWN = 2_000;

export interface Row {
  readonly part: string;
  sent: number;
  /** Accepted although invalid. */
  accepted: number;
  /** Mutations that are valid and were accepted. Only for parts without another validity check. */
  valid: number;
  serverErrors: number;
  stored: number;
  tooLarge: number;
  /** Log lines that contain a payload of the attack. */
  logged: number;
  /** Threw an uncoded error, or was refused in another way than specified. */
  broken: number;
  largestAnswer: number;
}

export type Fault = 'accepted' | 'serverErrors' | 'stored' | 'tooLarge' | 'logged' | 'broken';
export const FAULTS: readonly Fault[] = ['accepted', 'serverErrors', 'stored', 'tooLarge', 'logged', 'broken'];

export interface Failure {
  readonly part: string;
  readonly index: number;
  readonly faults: readonly Fault[];
  /** An attack and its result. */
  readonly what: string;
}

/** The verdict on one attack. */
export interface Outcome {
  readonly accepted?: boolean;
  readonly valid?: boolean;
  readonly status?: number;
  readonly answer?: string;
  readonly broken?: boolean;
  readonly stored: boolean;
  readonly lines: readonly string[];
}

export function emptyRow(part: string): Row {
  const none = { sent: 0, accepted: 0, valid: 0, serverErrors: 0, stored: 0, tooLarge: 0, logged: 0, broken: 0 };
  return { part, ...none, largestAnswer: 0 };
}

/** @returns the problem, if any */
export function count(row: Row, outcome: Outcome): readonly Fault[] {
  const { accepted = false, valid = false, status = 0, answer = '', broken = false, stored, lines } = outcome;
  const bytes = Buffer.byteLength(answer);
  const found: Readonly<Record<Fault, boolean>> = {
    accepted,
    serverErrors: status >= 500,
    stored: stored && !valid,
    tooLarge: bytes > MAX_ANSWER,
    logged: lines.some((line) => line.includes(CANARY)),
    broken,
  };
  const faults = FAULTS.filter((fault) => found[fault]);
  for (const fault of faults) row[fault] += 1;
  row.sent += 1;
  row.valid += valid ? 1 : 0;
  row.largestAnswer = Math.max(row.largestAnswer, bytes);
  return faults;
}

export function describeCase(sent: unknown, { status, answer = '', lines }: Outcome): string {
  const text = JSON.stringify({ sent, status, answer: answer.slice(0, SHOWN), lines });
  return text.length > 3 * SHOWN ? `${text.slice(0, 3 * SHOWN)}…` : text;
}
