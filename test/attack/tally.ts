/** The books of the attack: one row a part, and what should not have happened, with all that a replay needs. */
export const CANARY = 'c4n4ry';
/** Bytes of an answer that Lambda can give with room to spare. */
const MAX_ANSWER = 4_000_000;
const SHOWN = 2_000;

export interface Row {
  readonly part: string;
  sent: number;
  /** Taken, though it should be refused. */
  accepted: number;
  /** Mutated into something that is valid after all, and taken. Only where nothing else can tell. */
  valid: number;
  serverErrors: number;
  stored: number;
  tooLarge: number;
  /** Log lines with the payload of an attack. */
  logged: number;
  /** Thrown, not coded, or not refused in the one way that it should be. */
  broken: number;
  largestAnswer: number;
}

export type Fault = 'accepted' | 'serverErrors' | 'stored' | 'tooLarge' | 'logged' | 'broken';
export const FAULTS: readonly Fault[] = ['accepted', 'serverErrors', 'stored', 'tooLarge', 'logged', 'broken'];

export interface Failure {
  readonly part: string;
  readonly index: number;
  readonly faults: readonly Fault[];
  /** What was sent, and what came of it. */
  readonly what: string;
}

/** What one attack came to. */
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

/** @returns what was wrong with it */
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
