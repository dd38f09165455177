/** A readable text of the exports of each public entry, for reviews. */

import { readFileSync } from 'node:fs';
import { mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Extractor, ExtractorConfig, ExtractorLogLevel } from '@microsoft/api-extractor';
import { emitDeclarations } from '../../infra/package/declarations.ts';
import { ROOT } from '../../infra/roots.ts';

export const REPORTS = join(ROOT, 'test/api/reports');

const COMPILER = {
  target: 'ES2022',
  lib: ['ES2023'],
  module: 'NodeNext',
  moduleResolution: 'NodeNext',
  strict: true,
  types: ['node'],
  skipLibCheck: true,
};

/** Names of the entries: the keys of `exports` in package.json, `index` for the package itself. */
export function entries(): readonly string[] {
  const { exports } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { exports: object };
  return Object.keys(exports).map((key) => (key === '.' ? 'index' : key.slice(2)));
}

/** Compares the reports with the present types and returns the entries that differ. `update` rewrites the reports. */
export async function compareReports({ update }: { readonly update: boolean }): Promise<readonly string[]> {
  const folder = await mkdtemp(join(tmpdir(), 'api-'));
  try {
    // The packages that the declarations import are resolved from this folder.
    await symlink(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
    await emitDeclarations(folder);
    return entries().filter((entry) => differs(entry, folder, update));
  } finally {
    await rm(folder, { recursive: true });
  }
}

function differs(entry: string, folder: string, update: boolean): boolean {
  const file = join(folder, 'lib', `${entry}.d.ts`);
  const config = ExtractorConfig.prepare({
    configObject: {
      mainEntryPointFilePath: file,
      projectFolder: folder,
      compiler: {
        overrideTsconfig: {
          compilerOptions: { ...COMPILER, typeRoots: [join(ROOT, 'node_modules/@types')] },
          files: [file],
        },
      },
      apiReport: {
        enabled: true,
        includeForgottenExports: true,
        reportFileName: entry,
        reportFolder: REPORTS,
        reportTempFolder: join(folder, 'reports'),
      },
      docModel: { enabled: false },
      dtsRollup: { enabled: false },
      tsdocMetadata: { enabled: false },
      newlineKind: 'lf',
      messages: {
        extractorMessageReporting: { default: { logLevel: ExtractorLogLevel.None } },
        tsdocMessageReporting: { default: { logLevel: ExtractorLogLevel.None } },
        compilerMessageReporting: { default: { logLevel: ExtractorLogLevel.Error } },
      },
    },
    configObjectFullPath: undefined,
    packageJsonFullPath: join(ROOT, 'package.json'),
  });
  const messages: string[] = [];
  const result = Extractor.invoke(config, {
    localBuild: update,
    messageCallback: (message) => {
      message.handled = true;
      if (message.logLevel === ExtractorLogLevel.Error) messages.push(message.text);
    },
  });
  if (messages.length > 0) throw new Error(`${entry}: ${messages.join('\n')}`);
  return result.apiReportChanged;
}
