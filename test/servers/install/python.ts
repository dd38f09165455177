/** Programs from PyPI, each in a virtual environment of its own. Needs Python 3.10 or later. */
import { join } from 'node:path';
import { installed, run } from './install.ts';

const PIP = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check'];

/** The command that runs the program: its script, by the interpreter that its first line no longer finds. */
export async function pythonProgram(name: string, version: string): Promise<readonly [string, string]> {
  const folder = await installed(`${name}-${version}`, async (part) => {
    await run('python3', ['-m', 'venv', 'venv'], part);
    await run(join(part, 'venv/bin/python'), [...PIP, `${name}==${version}`], part);
  });
  const bin = join(folder, 'venv/bin');
  return [join(bin, 'python'), join(bin, name)];
}

/**
 * The interpreter of an environment with exactly what a list of pinned packages says.
 * @param version of Python, such as `3.13`
 */
export async function pythonWith(version: string, name: string, packages: string): Promise<string> {
  const folder = await installed(name, async (part) => {
    await run(await findPython(version, part), ['-m', 'venv', 'venv'], part);
    // Only prebuilt, pinned packages, so each installation is the same.
    const exactly = ['--no-deps', '--only-binary', ':all:', '--requirement', packages];
    await run(join(part, 'venv/bin/python'), [...PIP, ...exactly], part);
  });
  return join(folder, 'venv/bin/python');
}

/** pyenv hides inactive versions from PATH. */
async function findPython(version: string, cwd: string): Promise<string> {
  const name = `python${version}`;
  const kept = await run('pyenv', ['whence', '--path', name], cwd).catch(() => '');
  for (const python of [name, ...kept.split('\n').filter((path) => path !== ''), 'python3']) {
    const found = await run(python, ['-c', 'import sys; print("%d.%d" % sys.version_info[:2])'], cwd).catch(() => '');
    if (found.trim() === version) return python;
  }
  throw new Error(`This needs Python ${version}, which is not in PATH.`);
}
