/** Makes the plan of a random flow. The same seed gives the same plan. */
import { createSeededEntropy } from '../../../lib/adapters/memory/entropy.ts';
import type { Json } from '../../../lib/flow/json.ts';
import type { Act, Chain, End, FlowPlan, Goal, Step, Work } from './plan.ts';
import { type Shape, shaped, valueOfKind } from './values.ts';

export interface RandomFlow {
  readonly plan: FlowPlan;
  readonly input: Json;
}

/** Where a step is. */
interface Place {
  /** Operators around it. */
  readonly depth: number;
  /** Chunks here run once in their frame, one after the other. */
  readonly single: boolean;
  /** A chunk here runs once in its scope, so its signals can meet. */
  readonly meets: boolean;
  /** A failure here ends in the list around it. */
  readonly breakable: boolean;
  readonly sheltered: boolean;
  /** The state becomes a result, so the order of its lists would show. */
  readonly ordered: boolean;
}

const ROOT: Place = { depth: 0, single: true, meets: true, breakable: false, sheltered: false, ordered: false };
const SHAPES: readonly Shape[] = [
  'same',
  'same',
  'wrap',
  'digest',
  'pad',
  'pad',
  'list',
  'list',
  'lists',
  'deep',
  'empty',
  'null',
];
const DEEPEST = 4;

export function randomFlow(seed: number): RandomFlow {
  const random = createSeededEntropy(seed);
  const below = (n: number) => Math.floor(random.number() * n);
  const chance = (share: number) => random.number() < share;
  const pick = <T>(...from: readonly T[]): T => from[below(from.length)] as T;
  let serial = 0;
  const named = (kind: string) => {
    serial += 1;
    return `${kind}${serial}`;
  };
  /** Steps of flows are limited: each may run for many items. */
  const isWide = chance(0.12);
  let left = isWide ? 8 : 14 + below(14);

  function flowOf(name: string, place: Place): FlowPlan {
    const chains: Chain[] = [];
    const joins: { left: string; right: string; steps: Step[] }[] = [];

    function actsOf(at: Place): Act[] {
      const acts: Act[] = [];
      if (chance(0.35) && !at.ordered) acts.push({ act: 'append' });
      if (chance(0.2)) acts.push({ act: 'increment' });
      if (chance(0.2)) acts.push({ act: 'stream' });
      if (at.single && chance(0.4)) acts.push({ act: pick('set', 'read') });
      if (at.depth < DEEPEST && left > 0 && chance(0.2)) acts.push(signalAct(at));
      if (at.meets && at.depth < DEEPEST && left > 0 && chance(0.12)) acts.push(joinAct(at));
      if (chance(0.2)) acts.splice(below(acts.length + 1), 0, { act: 'fail' });
      return acts;
    }

    function signalAct(at: Place): Act {
      const signal = named('signal');
      const inside = { ...at, depth: at.depth + 1, single: false, meets: false, breakable: false };
      if (chance(0.25)) {
        chains.push({
          signal,
          on: 'signal',
          steps: [{ kind: 'work', side: false, work: { ...workOf(inside), end: 'output', turns: signal } }],
        });
        return { act: 'loop', signal, turns: 1 + below(4) };
      }
      const act = pick(
        'emit' as const,
        'emitNowait' as const,
        'emit' as const,
        at.ordered ? ('emitNowait' as const) : ('write' as const),
      );
      const on = act === 'write' ? 'state' : chance(0.2) ? 'or' : 'signal';
      chains.push({ signal, on, steps: stepsOf({ ...inside, sheltered: at.sheltered || act !== 'emitNowait' }, 2) });
      return { act, signal };
    }

    function joinAct(at: Place): Act {
      const [one, two] = [named('left'), named('right')];
      joins.push({
        left: one,
        right: two,
        steps: stepsOf({ ...at, depth: at.depth + 1, single: false, breakable: false }, 2),
      });
      return { act: 'join', left: one, right: two };
    }

    function workOf(at: Place): Work {
      left -= 1;
      const end: End = chance(0.72) ? 'output' : pick('answer', 'again', 'expiry', 'sleep', 'approval');
      const shape =
        at.single && at.depth === 0 && chance(0.05) ? pick('huge' as const, 'text' as const) : pick(...SHAPES);
      const size = shape === 'pad' ? pick(0, 40, 300, 300, 3_000) : below(at.depth === 0 ? 14 : 5);
      return { name: named('work'), shape, size, end, acts: actsOf(at), sheltered: at.sheltered };
    }

    /** The same chunk; a chain may listen to it. */
    function heard(work: Work, at: Place): Work {
      if (left <= 0 || at.depth >= DEEPEST || !chance(0.12)) return work;
      const inside = { ...at, depth: at.depth + 1, single: false, meets: false, breakable: false };
      chains.push({ signal: work.name, on: 'chunk', steps: stepsOf(inside, 1) });
      return work;
    }

    /** The last chunk of an item or a batch: its handler's output takes its place. */
    function handled(work: Work): Work {
      return { ...work, handler: named('handler'), breaks: 1 + below(3), end: 'output' };
    }

    function listMaker(at: Place, shape: Shape): Step {
      return {
        kind: 'work',
        side: false,
        work: { ...workOf(at), shape, end: 'output', size: at.depth === 0 ? 2 + below(isWide ? 140 : 12) : below(5) },
      };
    }

    /** The list goes on after some items; the others never start. */
    function someOf(at: Place): Step {
      const inside = { ...at, depth: at.depth + 1, single: false, breakable: false, sheltered: true };
      const work: Work = { ...workOf(inside), end: 'output' };
      const batch = chance(0.3) && { batchSize: 1 + below(3) };
      const body: Step[] = [{ kind: 'work', side: false, work }];
      return { kind: 'each', body, collects: false, goal: 'first', least: 1 + below(5), concurrency: 1, ...batch };
    }

    function eachOf(at: Place, levels: number): Step {
      if (levels === 1 && chance(0.08)) return someOf(at);
      const collects = chance(0.3);
      const goal: Goal = chance(0.7) ? 'none' : pick('tolerates', 'early', 'never');
      const inside = {
        ...at,
        depth: at.depth + 1,
        single: false,
        breakable: collects,
        sheltered: at.sheltered || collects || goal === 'tolerates',
      };
      const body = levels > 1 ? [eachOf(inside, levels - 1)] : stepsOf(inside, 3);
      if (levels > 1 && chance(0.5)) body.push(...stepsOf(inside, 1));
      const last = body.at(-1);
      if (levels === 1 && !collects && last?.kind === 'work' && !last.side && chance(0.3))
        body.splice(-1, 1, { ...last, work: { ...handled(last.work), sheltered: true } });
      const pages = chance(0.15)
        ? {
            work: { ...workOf({ ...at, single: false, meets: false }), shape: 'same' as const, end: 'output' as const },
            count: 1 + below(4),
          }
        : undefined;
      return {
        kind: 'each',
        body,
        collects,
        goal,
        ...(chance(0.4) && { concurrency: 1 + below(4) }),
        ...(chance(0.25) && { batchSize: 1 + below(4) }),
        ...(pages && { pages }),
      };
    }

    function lists(at: Place): Step[] {
      const levels = 1 + below(3);
      const shapes = ['list', 'lists', 'deep'] as const;
      const each = eachOf(at, Math.min(levels, DEEPEST - at.depth));
      return chance(0.75) ? [listMaker(at, shapes[levels - 1] ?? 'list'), each] : [each];
    }

    function stepsOf(at: Place, most: number): Step[] {
      const steps: Step[] = [];
      const count = 1 + below(most);
      for (let i = 0; i < count; i += 1) steps.push(...oneOf(at));
      return steps;
    }

    function oneOf(at: Place): Step[] {
      const inside = { ...at, depth: at.depth + 1, single: false, breakable: false };
      if (left <= 0 || at.depth >= DEEPEST || chance(0.4)) {
        const work = heard(workOf(at), at);
        return [
          {
            kind: 'work',
            side: false,
            work: at.breakable && chance(0.5) ? { ...work, breaks: 2 + below(3), skips: chance(0.3) } : work,
          },
        ];
      }
      const dice = random.number();
      if (dice < 0.45) return lists(at);
      if (dice < 0.6) {
        const goal: Goal = chance(0.7) ? 'none' : pick('tolerates', 'early');
        const branch = { ...inside, sheltered: at.sheltered || goal === 'tolerates' };
        const works = Array.from({ length: 1 + below(3) }, () => heard(workOf(branch), branch));
        if (chance(0.3)) works.push({ ...handled(workOf(inside)), sheltered: true });
        return [{ kind: 'batch', works, goal, ...(chance(0.4) && { concurrency: 1 + below(2) }) }];
      }
      if (dice < 0.75) {
        const mode = pick('first' as const, 'all' as const);
        const goal: Goal = mode === 'first' || chance(0.7) ? 'none' : pick('tolerates', 'early');
        const tolerant = { ...inside, sheltered: at.sheltered || goal === 'tolerates' };
        const body = mode === 'first' ? { ...inside, breakable: at.breakable } : tolerant;
        const cases = Array.from({ length: 1 + below(3) }, () => ({ of: 1 + below(3), is: 0, body: stepsOf(body, 2) }));
        const [used] = cases[0]?.body ?? [];
        // In another body it is another node.
        if (used?.kind === 'work' && used.work.acts.every(({ act }) => act !== 'join') && cases.length > 1)
          cases.at(-1)?.body.push({ ...used, side: false });
        return [{ kind: 'match', mode, goal, cases, ...(chance(0.5) && { otherwise: stepsOf(body, 1) }) }];
      }
      if (dice < 0.88) {
        const gives = pick(
          'value' as const,
          'part' as const,
          'patch' as const,
          ...(at.single ? (['state'] as const) : []),
        );
        const ordered = chance(0.4);
        const child = { ...ROOT, depth: at.depth + 1, sheltered: at.sheltered, ordered };
        const flow = flowOf(named('child'), child);
        const sub: Step = { kind: 'sub', flow, gives, ...(chance(0.3) && { concurrency: 1 + below(2) }) };
        if (gives === 'value' || gives === 'state') return [sub];
        return [
          { kind: 'work', side: false, work: { ...workOf({ ...at, single: false }), shape: 'wrap', end: 'output' } },
          sub,
        ];
      }
      if (dice < 0.94 && at.meets)
        return [{ kind: 'meet', name: named('meet'), left: stepsOf(inside, 1), right: stepsOf(inside, 1) }];
      if (dice < 0.97 && !at.sheltered) return [{ kind: 'work', side: true, work: workOf({ ...inside }) }];
      return [{ kind: 'tap' }];
    }

    /** Each starts work in a scope of its own; those of equal correlation meet. */
    function signals(): FlowPlan['outside'] {
      const at = { ...ROOT, depth: 2, single: false };
      const [alone, one, two] = [named('alone'), named('left'), named('right')];
      const value = () => valueOfKind(below(100_000));
      chains.push({ signal: alone, on: 'signal', steps: stepsOf(at, 2) });
      joins.push({ left: one, right: two, steps: stepsOf(at, 2) });
      const pairs = ['a', 'b'].flatMap((correlation) =>
        [one, two].map((signal) => ({ signal, value: value(), correlation })),
      );
      return [{ signal: alone, value: value() }, ...pairs, { signal: alone, value: value() }];
    }

    const steps = stepsOf(place, name === 'random' ? 5 : 3);
    const result = place.ordered ? ('state' as const) : ('end' as const);
    // A chunk after an operator shows its result, and `end` needs a chunk before it.
    steps.push({
      kind: 'work',
      side: false,
      work: { ...workOf(place), shape: 'same', end: 'output', acts: [{ act: 'set' }] },
    });
    const outside = name === 'random' && chance(0.3) ? signals() : [];
    return { name, steps, chains, joins, outside, result };
  }

  const plan = flowOf('random', ROOT);
  return { plan, input: shaped(pick('list', 'lists', 'deep', 'wrap'), 3 + below(10), seed) };
}
