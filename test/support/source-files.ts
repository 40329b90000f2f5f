import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, normalize } from 'node:path';

/** One `import`, `export ... from` or dynamic import of a source file. */
export interface Import {
  /** Path of the imported file from the root of the checkout, or the name of a package or built-in module. */
  readonly target: string;
  readonly isFile: boolean;
  /** Nothing of it is left when the program runs. */
  readonly typesOnly: boolean;
}

export interface SourceFile {
  /** From the root of the checkout, with `/`. */
  readonly path: string;
  /** The text without comments. */
  readonly code: string;
  readonly lineCount: number;
  readonly imports: readonly Import[];
}

const IMPORT =
  /^\s*(?:import|export)\s+(type\s+)?(?:[^'";]*?\sfrom\s+)?'([^']+)'|\bimport\(\s*'([^']+)'\s*\)/gm;

/** The files below `folder` whose names end in `suffix`; none when there is no such folder. */
export function pathsUnder(folder: string, suffix = ''): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => `${folder}/${name.replaceAll('\\', '/')}`)
    .filter((path) => path.endsWith(suffix));
}

/** The TypeScript files below a folder of the checkout. */
export function sourceFiles(folder: string): SourceFile[] {
  return pathsUnder(folder, '.ts').map((path) => {
    const text = readFileSync(path, 'utf8');
    const code = withoutComments(text);
    return { path, code, lineCount: text.split('\n').length - 1, imports: importsOf(path, code) };
  });
}

function importsOf(path: string, code: string): Import[] {
  return [...code.matchAll(IMPORT)].map(([, type, still, dynamic]) => {
    const name = still ?? dynamic;
    const isFile = name.startsWith('.');
    const target = isFile ? normalize(join(path, '..', name)).replace(/\.js$/, '.ts') : name;
    return { target, isFile, typesOnly: type !== undefined };
  });
}

function withoutComments(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/(^|\s)\/\/.*$/gm, '$1');
}
