/** The table "to change X, open Y" and the recipes of lib/README.md name files and folders that exist. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { ROOT } from '../../infra/roots.ts';

const text = readFileSync(join(ROOT, 'lib/README.md'), 'utf8');
const paths = Array.from(text.matchAll(/`([\w-]+\/[\w./-]*)`/g), ([, path = '']) => path);

describe('lib/README.md', () => {
  it('names places that exist', () => {
    assert.ok(paths.length > 30, `only ${paths.length} places`);
    const missing = paths.filter((path) => !existsSync(join(ROOT, 'lib', path)) && !existsSync(join(ROOT, path)));
    assert.deepEqual(
      missing.filter((path) => path !== 'durable-triggerflow/contracts'),
      [],
    );
  });

  it('has twelve changes and the place of each', () => {
    const table = text.slice(text.indexOf('## To change X'), text.indexOf('## Recipes'));
    assert.equal(table.split('\n').filter((line) => line.startsWith('| ')).length, 13);
  });
});
