/** The code of the documents compiles, and does what the text around it says. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { HOW_TOS } from './how-tos.ts';
import { fencesOf } from './markdown.ts';
import { README } from './readme.ts';
import { DOCUMENTS, fenceProblem, type Unpacked, unpack } from './snippets.ts';

/** Checks of the modules of a document, by file. */
const CHECKS = { 'README.md': README, 'functions/README.md': HOW_TOS } as const;
/** Modules that shell.slow.ts runs. */
const TUTORIAL = ['functions/flows/07-expense.ts', 'functions/app.ts', 'test/expense.test.ts'];

describe('code of the documents', () => {
  it('is run, or says why it is not', () => {
    assert.deepEqual(
      DOCUMENTS.flatMap((path) => fencesOf(path).flatMap((fence) => fenceProblem(fence) ?? [])),
      [],
    );
  });

  it('that says nothing is seen', () => {
    const fence = { place: 'x:1', file: undefined, notRun: undefined, words: [], code: '{' };
    assert.match(fenceProblem({ ...fence, language: 'sh' }) ?? '', /x:1: is not run/);
    assert.match(fenceProblem({ ...fence, language: 'ts' }) ?? '', /x:1: is not run/);
    assert.match(fenceProblem({ ...fence, language: 'json' }) ?? '', /x:1: is no JSON/);
  });

  it('stands in documents that are compiled', () => {
    const withModules = DOCUMENTS.filter((path) => fencesOf(path).some(({ file }) => file !== undefined));
    assert.deepEqual(withModules, Object.keys(CHECKS));
  });
});

for (const [path, checks] of Object.entries(CHECKS)) {
  describe(path, () => {
    let unpacked: Unpacked;
    before(async () => {
      unpacked = await unpack(path);
    });
    after(() => unpacked.remove());

    it('has code that compiles', async () => {
      assert.equal(await unpacked.compile(), '');
    });

    it('has a check for each module that runs', () => {
      const files = fencesOf(path).flatMap(({ file, notRun }) => (notRun === undefined ? (file ?? []) : []));
      assert.deepEqual(files.filter((file) => !TUTORIAL.includes(file)).toSorted(), Object.keys(checks).toSorted());
    });

    for (const [file, check] of Object.entries(checks)) {
      it(`has ${file} that does what it says`, async () => check(await unpacked.load(file)));
    }
  });
}
