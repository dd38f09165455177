/** Every link of a Markdown file leads to a file, and to a heading of it, that is there. */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { describe, it } from 'node:test';
import { ROOT } from '../../infra/roots.ts';
import { anchorsOf, linksOf, markdownFiles } from './markdown.ts';

const FILES = markdownFiles();

/** What is wrong with a link, if anything. Pages of other sites are not asked for. */
function problemOf(from: string, link: string): string | undefined {
  if (/^https?:/.test(link)) return undefined;
  const [file = '', anchor] = link.split('#');
  const target = file === '' ? from : normalize(join(dirname(from), file));
  if (!existsSync(join(ROOT, target))) return `${from}: there is no file ${target}`;
  if (anchor === undefined || !target.endsWith('.md')) return undefined;
  return anchorsOf(target).includes(anchor) ? undefined : `${from}: ${target} has no heading #${anchor}`;
}

describe('links', () => {
  it('are found in every document', () => {
    assert.ok(FILES.includes('README.md') && FILES.includes('.github/CONTRIBUTING.md'), FILES.join());
    assert.ok(FILES.flatMap(linksOf).length > 30);
  });

  for (const file of FILES) {
    it(`of ${file} lead somewhere`, () => {
      assert.deepEqual(
        linksOf(file).flatMap((link) => problemOf(file, link) ?? []),
        [],
      );
    });
  }

  it('that lead nowhere are seen', () => {
    assert.match(problemOf('README.md', 'nowhere.md') ?? '', /no file nowhere\.md/);
    assert.match(problemOf('README.md', '#nowhere') ?? '', /no heading #nowhere/);
  });
});
