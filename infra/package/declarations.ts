/** The type declarations of lib, as a consumer of the package reads them. */
import { compile } from './compile.ts';

/** Writes `<outDir>/lib/**.d.ts`. */
export function emitDeclarations(outDir: string): Promise<void> {
  return compile(outDir, { include: ['lib'], exclude: ['lib/console'], options: { emitDeclarationOnly: true } });
}
