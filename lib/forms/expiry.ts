/** What happens to a question that nobody answers in time. */

/** What follows the expiry of a wait: its chunk fails, a value takes the place of the answer, or an event is emitted. */
export type OnExpiry = 'fail' | 'value' | 'event';

const WORDS: Readonly<Record<OnExpiry, string>> = {
  fail: 'Without an answer by then, it fails.',
  value: 'Without an answer by then, it continues with the answer that was set for this case.',
  event: 'Without an answer by then, it continues another way.',
};

export function withoutAnswer(onExpiry: OnExpiry): string {
  return WORDS[onExpiry];
}
