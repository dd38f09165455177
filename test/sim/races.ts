/** Races and rare paths that a run has to reach: a simulation that never meets one proves nothing about it. */

export const RACES = [
  'lost CAS',
  'stale settle refused',
  'zombie came back',
  'lease reclaimed',
  'heartbeat',
  'unknown outcome met',
  'unknown outcome resolved',
  'start race',
  'start with other input refused',
  'answer accepted',
  'answer duplicate',
  'answer mismatch',
  'answer conflict',
  'answer gone',
  'callback lost to expiry',
  'expiry lost to callback',
  'callback lost to another',
  'callback lost to close',
  'close lost to callback',
  'interrupt accepted',
  'interrupt expired',
  'interrupt cancelled',
  'signal through the inbox',
  'inbox full',
  'close waited for the inbox',
  'inbox refused after the close',
  'queued signal started',
  'join fired',
  'join fired again',
  'match decided later',
  'retry waited',
  'ledger spilled',
  'ledger read',
  'value by reference',
  'value dropped',
  'suspect run alone',
  'poison',
  'deadline give-back',
  'unbegun work refunded',
  'chunk killed its process',
  'message lost',
  'lost message healed by the sweep',
  'duplicate message harmless',
  'message for a closed execution',
  'time to look cleared by the sweep',
  'id used again',
  'old incarnation refused',
  'wait announced again',
  'closed failure tried again',
  'host had it to itself',
  'cancelled over work',
  'item failed over work',
  'wait of an id used again',
  'limit held work up',
  'limit held items up',
  'step ahead of the store',
  'approval expired',
  'asked',
  'chunk slept',
  'sleeper woken',
  'cancelled over a sleeper',
  'snapshot loaded',
  'load of a taken id refused',
  'budget of hops spent',
  'item behind the end of a stream',
  'intervention taken',
  'intervention expired',
  'start held back',
  'execution forked',
  'refused for its size',
  'signal by the queue',
] as const;

export type Race = (typeof RACES)[number];

/** Fewest times that each race has to come in 100,000 schedules. */
const FEWEST = 100;
/** Shorter runs say too little about rare races. */
const ENOUGH_SCHEDULES = 20_000;

/** The races that a run of this length should have reached more often. */
export function missedRaces(counters: Readonly<Record<string, number>>, schedules: number): readonly Race[] {
  if (schedules < ENOUGH_SCHEDULES) return [];
  return RACES.filter((race) => (counters[race] ?? 0) < (FEWEST * schedules) / 100_000);
}
