/** The host of `npm start` as a process, and a browser. */
import assert from 'node:assert/strict';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Page, Request } from 'playwright-core';
import { call, PATIENCE_MS, until } from '../crash/door.ts';
import { freePort, startHostProcess, tempFolder } from '../crash/host-process.ts';
import { TOOLS } from '../servers/install/install.ts';
import { launchChromium } from './chromium.ts';

/** Git ignores it. */
const PICTURES = join(TOOLS, 'screenshots');

export interface Wait {
  readonly executionId: string;
  readonly interruptId: string;
  readonly callbackUrl: string;
}

export interface Rig {
  /** Origin of the API. */
  readonly url: string;
  /** Origin of the embedded table and queues. */
  readonly awsUrl: string;
  /** A tab of a browser without history. */
  open(): Promise<Page>;
  /** Starts a flow and returns its first wait. */
  waiting(flow: string, id: string, input: unknown): Promise<Wait>;
  view(id: string): Promise<Readonly<Record<string, unknown>>>;
  close(): Promise<void>;
}

/** @param env of the host */
export async function openRig(env: Readonly<Record<string, string>> = {}): Promise<Rig> {
  const browser = await launchChromium();
  const port = await freePort();
  const lines: string[] = [];
  const host = startHostProcess({ port, dataDir: await tempFolder(), env, onLine: (line) => lines.push(line) });
  const close = async () => {
    host.kill();
    await host.exited;
    await browser.close();
  };
  try {
    await host.ready;
  } catch (error) {
    await close();
    throw error;
  }
  const url = `http://127.0.0.1:${port}`;
  const awsUrl = await until(
    () => lines.map((line) => /^AWS API +(\S+)/.exec(line)?.[1]).find((found) => found !== undefined),
    'the line of the AWS API',
  );
  const read = async (path: string) => JSON.parse((await call(`${url}${path}`)).text) as Record<string, unknown>;
  return {
    url,
    awsUrl,
    async open() {
      const context = await browser.newContext({ viewport: { width: 900, height: 700 } });
      context.setDefaultTimeout(PATIENCE_MS);
      return context.newPage();
    },
    async waiting(flow, id, input) {
      const { status, text } = await call(`${url}/flows/${flow}/executions`, {
        method: 'POST',
        key: id,
        body: { input },
      });
      assert.equal(status, 202, text);
      return until(async () => {
        const { items } = await read('/interrupts');
        return (items as readonly Wait[]).find(({ executionId }) => executionId === id);
      }, `the wait of ${id}`);
    },
    view: (id) => read(`/executions/${id}`),
    close,
  };
}

/** Screenshots for people. No test reads them. `fullPage: false`: only what the window shows. */
export async function picture(page: Page, name: string, fullPage = true): Promise<void> {
  await mkdir(PICTURES, { recursive: true });
  await page.screenshot({ path: join(PICTURES, `${name}.png`), fullPage });
}

/** Presses the button that sends the form, and waits for the next page. */
export async function send(page: Page, button: string): Promise<Request> {
  const posted = page.waitForRequest(isPost);
  const loaded = page.waitForEvent('load');
  await page.getByRole('button', { name: button }).click();
  await loaded;
  return posted;
}

export function isPost(request: Request): boolean {
  return request.method() === 'POST';
}
