/** A headless Chromium that reaches only this machine. */
import { accessSync, constants } from 'node:fs';
import { delimiter, isAbsolute, join } from 'node:path';
import { type Browser, chromium } from 'playwright-core';
import { PATIENCE_MS } from '../crash/door.ts';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];

/** A foreign host name. The browser resolves it to this machine. */
export const FOREIGN = 'foreign.test';

/** `CHROMIUM_PATH`, or the first known name in `PATH`. @throws Error that says how to install one */
export function chromiumPath(env: NodeJS.ProcessEnv = process.env): string {
  const { CHROMIUM_PATH: given, PATH = '' } = env;
  if (given) {
    if (isProgram(given)) return given;
    throw new Error(
      `CHROMIUM_PATH is "${given}", which is no program. Set it to the executable of a Chromium or Chrome.`,
    );
  }
  const folders = PATH.split(delimiter).filter(isAbsolute);
  const found = NAMES.flatMap((name) => folders.map((folder) => join(folder, name))).find(isProgram);
  if (found !== undefined) return found;
  throw new Error(
    `PATH has none of ${NAMES.join(', ')}. Install one (apt-get install chromium), or set CHROMIUM_PATH.`,
  );
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

export function launchChromium(): Promise<Browser> {
  const rules = `MAP ${FOREIGN} 127.0.0.1, MAP * ~NOTFOUND, EXCLUDE 127.0.0.1`;
  return chromium.launch({
    executablePath: chromiumPath(),
    timeout: PATIENCE_MS,
    args: [`--host-resolver-rules=${rules}`, '--no-proxy-server'],
  });
}
