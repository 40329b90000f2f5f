import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { expect } from 'chai';
import { pathsUnder, type SourceFile, sourceFiles } from './support/source-files.js';

/*
 * The rules of the code that a machine can check. A rule that is only written down is a wish.
 */

/** Which folders of `src` a folder may import; what is not named here (the composition) may import all. */
const FOLDERS_BELOW: Record<string, readonly string[]> = {
  protocols: [],
  routing: ['protocols', 'config'],
  query: ['protocols', 'routing', 'config'],
  config: [],
  storage: ['protocols', 'routing', 'config'],
  actors: ['protocols', 'routing', 'query', 'storage'],
  edge: ['protocols', 'routing', 'query', 'storage', 'actors', 'config'],
};
/** Files directly in `src` that every folder may import. */
const FOR_ALL = ['src/assert.ts', 'src/errors.ts'];

/** Where a package or a built-in module may be imported at run time; types may be named anywhere. */
const PLACES_OF_MODULES: readonly [module: RegExp, places: RegExp][] = [
  [/^nats$/, /^src\/edge\/nats/],
  [/^msgpackr$/, /^src\/protocols\/codec/],
  [/^protobufjs/, /^src\/protocols\/carbonapi-messages\.ts$/],
  [/^(echarts\/.*|@resvg\/resvg-js|piscina)$/, /^src\/edge\/drawing\//],
  [
    /^lru-cache$/,
    /^src\/(edge\/http\/answer-cache|actors\/(query\/find-cache|shard\/replica-finds))\.ts$/,
  ],
  [/^xstate$/, /\.machine\.ts$|^src\/actors\/kernel\//],
  [/^(tsyringe|reflect-metadata)$/, /^src\/container\.ts$/],
  [/^commander$/, /^src\/cli\//],
  [/^node:fs(\/promises)?$/, /^src\/(storage\/|main\.ts$|edge\/thread-(priority|time)\.ts$)/],
  [/^node:(net|dgram|http|https|http2|tls|dns|child_process|worker_threads)/, /^src\/edge\//],
  [/^node:timers/, /^src\/edge\//],
  [/^node:vm$/, /^src\/edge\/limited-work\.ts$/],
  [/^(pino|prom-client|fastify|@fastify\/.*)$/, /^src\/edge\//],
];
/** All that the pure folders may import besides our own files. */
const PURE_FOLDERS = /^src\/(protocols|routing|query|config)\//;
const PURE_MODULES = /^node:(crypto|buffer|zlib)$/;

const CLOCK_OR_CHANCE =
  /\bDate\.now\b|\bnew Date\(\)|\b(setTimeout|setInterval|setImmediate)\(|\bMath\.random\b|\bperformance\.now\b/;
const MAY_TELL_TIME = /^src\/(edge\/|main\.ts$)/;

const LINES_MAX = 400;
const NAMES_NOT_USED = ['manager', 'handler', 'helper', 'helpers', 'util', 'utils', 'service'];

/**
 * Files that break a rule, each with its reason. The list may only become shorter: a file that keeps the rule
 * has to leave it.
 */
const TOLERATED: Record<string, Record<string, string>> = {
  time: {
    'src/actors/kernel/machine-clock.ts': 'names the timers that xstate asks for, and has none',
  },
};

const source = sourceFiles('src');
const byPath = new Map(source.map((file) => [file.path, file]));
const written = [...source, ...sourceFiles('test'), ...sourceFiles('bench')];

/** The folder of `src` that a file lies in, or its own name. */
function folderOf(path: string): string {
  return path.split('/')[1];
}

/** Expects that exactly the tolerated files break the rule `name`. */
function expectKept(broken: readonly string[], tolerated: Record<string, string> = {}): void {
  expect([...new Set(broken)].sort()).to.deep.equal(Object.keys(tolerated).sort());
}

function brokenImports(file: SourceFile): string[] {
  const allowed = FOLDERS_BELOW[folderOf(file.path)];
  if (allowed === undefined) return [];
  return file.imports
    .filter(({ target, isFile }) => isFile && !FOR_ALL.includes(target))
    .filter(({ target }) => ![folderOf(file.path), ...allowed].includes(folderOf(target)))
    .map(({ target }) => `${file.path} imports ${target}`);
}

/** The files that import a module where it does not belong. */
function misplaced(module: RegExp, places: RegExp): string[] {
  return source
    .filter(({ path }) => !places.test(path))
    .filter(({ imports }) =>
      imports.some(({ target, isFile, typesOnly }) => !isFile && !typesOnly && module.test(target)),
    )
    .map(({ path }) => path);
}

/** A way from a file back to itself along imports that are left at run time, or undefined. */
function findCycle(): string[] | undefined {
  const done = new Set<string>();
  const visit = (path: string, way: readonly string[]): string[] | undefined => {
    if (way.includes(path)) return [...way.slice(way.indexOf(path)), path];
    if (done.has(path)) return undefined;
    done.add(path);
    for (const { target, isFile, typesOnly } of byPath.get(path)?.imports ?? []) {
      const cycle = isFile && !typesOnly ? visit(target, [...way, path]) : undefined;
      if (cycle !== undefined) return cycle;
    }
    return undefined;
  };
  for (const { path } of source) {
    const cycle = visit(path, []);
    if (cycle !== undefined) return cycle;
  }
  return undefined;
}

describe('tidy', () => {
  it('finds the files and what they import', () => {
    const imported = source.flatMap(({ imports }) => imports.map(({ target }) => target));
    expect(imported).to.include.members(['xstate', 'nats', 'node:fs', 'src/errors.ts']);
    for (const target of imported.filter((name) => name.startsWith('src/')))
      expect(byPath.has(target), target).to.equal(true);
  });

  it('imports go one way', () => {
    expectKept(source.flatMap(brokenImports));
  });

  it('no file imports itself by way of others', () => {
    expect(findCycle()).to.equal(undefined);
  });

  for (const [module, places] of PLACES_OF_MODULES) {
    it(`${module.source} is imported only where it belongs`, () => {
      expectKept(misplaced(module, places), TOLERATED[module.source.replace(/[\^$]/g, '')]);
    });
  }

  it('the pure folders know nothing of the world', () => {
    const impure = source.filter(({ path, imports }) => {
      const known = (target: string): boolean =>
        PURE_MODULES.test(target) ||
        (target === 'msgpackr' && path.includes('/codec')) ||
        target.startsWith('protobufjs');
      return PURE_FOLDERS.test(path) && imports.some((i) => !i.isFile && !known(i.target));
    });
    expectKept(impure.map(({ path }) => path));
  });

  it('time and chance come from outside', () => {
    const telling = source.filter(
      ({ path, code }) => !MAY_TELL_TIME.test(path) && CLOCK_OR_CHANCE.test(code),
    );
    expectKept(
      telling.map(({ path }) => path),
      TOLERATED.time,
    );
  });

  it(`no file is longer than ${LINES_MAX} lines`, () => {
    expectKept(written.filter(({ lineCount }) => lineCount > LINES_MAX).map(({ path }) => path));
  });

  it('files have names that say what is in them', () => {
    const paths = [...written.map(({ path }) => path), ...pathsUnder('scripts')];
    const vague = paths.filter((path) =>
      basename(path)
        .split(/[-.]/)
        .some((word) => NAMES_NOT_USED.includes(word)),
    );
    expectKept(vague);
  });

  it('packages are pinned, and the lock file is complete and names no registry', () => {
    const { dependencies, devDependencies } = JSON.parse(readFileSync('package.json', 'utf8'));
    for (const [name, version] of Object.entries({ ...dependencies, ...devDependencies }))
      expect(version, name).to.match(/^\d+\.\d+\.\d+$/);
    const lock = readFileSync('package-lock.json', 'utf8');
    expect(lock).not.to.match(/"resolved"|https?:\/\/[^"]*registry/);
    const { packages } = JSON.parse(lock) as {
      packages: Record<string, { optionalDependencies?: Record<string, string> }>;
    };
    // npm ci refuses a lock without them, also where they are not installed.
    for (const { optionalDependencies = {} } of Object.values(packages))
      for (const name of Object.keys(optionalDependencies))
        expect(packages).to.have.property(`node_modules/${name}`);
  });

  it('biome finds nothing to say', function () {
    this.timeout(120_000);
    const { status, stdout, stderr } = spawnSync('node_modules/.bin/biome', ['check', '.'], {
      encoding: 'utf8',
    });
    expect(status, `${stdout}${stderr}`).to.equal(0);
  });
});
