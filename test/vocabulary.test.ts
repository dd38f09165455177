/** The table of terms in lib/VOCABULARY.md: every named file exists, every row is complete, no term occurs twice. */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { ROOT } from '../infra/roots.ts';

const text = await readFile(join(ROOT, 'lib/VOCABULARY.md'), 'utf8');
const rows = text
  .split('\n')
  .filter((line) => line.startsWith('| ') && !line.startsWith('| term'))
  .map((line) =>
    line
      .slice(1, -1)
      .split(/(?<!\\)\|/)
      .map((cell) => cell.trim()),
  );

describe('the vocabulary', () => {
  it('names a test for every term with a counterpart here, and a reason for every other', () => {
    const shown = rows.filter((row) => row.length === 3);
    const dropped = rows.filter((row) => row.length === 2);
    assert.ok(shown.length > 70 && dropped.length >= 8, `${shown.length} and ${dropped.length}`);
    assert.equal(shown.length + dropped.length, rows.length);
    for (const [term, here, by = ''] of shown) {
      assert.ok(here, `${term} is called nothing`);
      const [, path = ''] = /^`(test\/[\w./-]+)`$/.exec(by) ?? [];
      assert.ok(path !== '' && existsSync(join(ROOT, path)), `${term}: there is no ${by}`);
    }
    for (const [term, why = ''] of dropped) assert.ok(why.length > 20, `${term}: why?`);
  });

  it('has every term once', () => {
    const terms = rows.map(([term]) => term);
    assert.deepEqual(
      terms.filter((term, i) => terms.indexOf(term) !== i),
      [],
    );
  });

  it('is linked from the README', async () => {
    const readme = await readFile(join(ROOT, 'README.md'), 'utf8');
    assert.ok(readme.includes('(lib/VOCABULARY.md)'));
  });
});
