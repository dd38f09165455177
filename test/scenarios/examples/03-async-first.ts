import assert from 'node:assert/strict';
import { it } from 'node:test';
import { doorsOf, type Example } from './doors.ts';

interface Stage {
  readonly stage: string;
  readonly text: string;
}

export function asyncFirstCases(open: () => Example): void {
  const doors = () => doorsOf(open(), 'async-first');

  it('starts the research by a state write and ends with the whole report', async () => {
    const { result } = await doors().run('a-report', '  owls ');
    const text = 'owls: a first look.\nIt is useful.\nIt has a price.\n';
    assert.deepEqual(result, {
      topic: 'owls',
      announced: 'owls: a first look.\n',
      report: { topic: 'owls', facts: 'facts about owls', risks: 'risks about owls', text },
    });
  });

  it('runs listeners to the headline before the chunk that writes it continues', async () => {
    const { run, stream, read } = doors();
    await run('a-live', 'owls');
    const seen = (await stream<Stage>('a-live')).map(({ chunk, item }) => [chunk, item.stage]);
    assert.deepEqual(seen[0], ['normalize', 'normalized']);
    assert.deepEqual(seen.slice(1, 3).toSorted(), [
      ['facts', 'facts ready'],
      ['risks', 'risks ready'],
    ]);
    assert.deepEqual(seen.slice(3), [
      ['announce', 'announced'],
      ...Array.from({ length: 3 }, () => ['write', 'writing']),
    ]);
    assert.equal((await read<{ ended: boolean }>('/executions/a-live/stream')).ended, true);
  });

  it('can be read from any stream position', async () => {
    const { run, read } = doors();
    await run('a-late', 'owls');
    const all = await read<{ items: { seq: number }[]; cursor: number }>('/executions/a-late/stream');
    const rest = await read<typeof all>('/executions/a-late/stream?after=4&limit=2&wait=1');
    assert.deepEqual(
      rest.items.map(({ seq }) => seq),
      [5, 6],
    );
    assert.equal(all.cursor, all.items.length);
  });
}
