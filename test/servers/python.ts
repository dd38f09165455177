/** Programs from PyPI, each in a virtual environment of its own. Needs Python 3.10 or later. */
import { join } from 'node:path';
import { installed, run } from './install.ts';

/** The command that runs the program: its script, by the interpreter that its first line no longer finds. */
export async function pythonProgram(name: string, version: string): Promise<readonly [string, string]> {
  const folder = await installed(`${name}-${version}`, async (part) => {
    await run('python3', ['-m', 'venv', 'venv'], part);
    const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check'];
    await run(join(part, 'venv/bin/python'), [...pip, `${name}==${version}`], part);
  });
  const bin = join(folder, 'venv/bin');
  return [join(bin, 'python'), join(bin, name)];
}
