import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { defined } from '../lib/defined.ts';

describe('defined', () => {
  it('leaves out what is undefined, and nothing else', () => {
    const all = { no: false, zero: 0, text: '', gone: undefined as string | undefined, nothing: null };
    const kept: { readonly gone?: string; readonly zero: number } = defined(all);
    assert.deepEqual(Object.entries(kept), [
      ['no', false],
      ['zero', 0],
      ['text', ''],
      ['nothing', null],
    ]);
  });
});
