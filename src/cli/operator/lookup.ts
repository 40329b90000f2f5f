import { systemClock } from '../../edge/clock.js';
import type { ArchiveSpec } from '../../storage/whisper/archives.js';
import { writeOut } from '../output.js';
import type { Creation, Lookup } from './answers.js';
import type { Cluster } from './cluster.js';
import { sentOnText } from './forwarding.js';
import type { Locator } from './locator.js';
import { type Found, findNewest, whereaboutsText } from './query.js';
import { table } from './table.js';

/** Stands among the names for those on standard input, one a line. */
const FROM_INPUT = '-';
const UNITS: readonly [unit: string, seconds: number][] = [
  ['y', 365 * 86_400],
  ['d', 86_400],
  ['h', 3600],
  ['m', 60],
];

/**
 * `carbonbus lookup`: every step of each name, from what was given to the files.
 *
 * @param cluster to ask for the newest points too
 */
export async function lookup(
  locator: Locator,
  names: readonly string[],
  { json }: { json?: boolean },
  cluster?: Cluster,
): Promise<number> {
  let isFirst = true;
  for await (const name of givenNames(names)) {
    const found = locator.lookUp(name);
    const [live] = cluster === undefined ? [] : await findNewest(cluster, [found]);
    const text = json ? JSON.stringify(live ?? found) : lookupText(found, live);
    await writeOut(`${isFirst || json ? '' : '\n'}${text}${json ? '\n' : ''}`);
    isFirst = false;
  }
  return 0;
}

async function* givenNames(names: readonly string[]): AsyncGenerator<string> {
  for (const name of names) {
    if (name === FROM_INPUT) yield* inputLines();
    else yield name;
  }
}

async function* inputLines(): AsyncGenerator<string> {
  const { createInterface } = await import('node:readline');
  for await (const line of createInterface({ input: process.stdin, terminal: false })) {
    const name = line.trim();
    if (name !== '') yield name;
  }
}

function lookupText(found: Lookup, live: Found<Lookup> | undefined): string {
  const { hash, shard, replicas, creation, sentOn } = found;
  const rows = replicas.map(({ node, zone, file }) => [node, zone, file]);
  return [
    ...stepLines(found),
    `shard ${shard} by ${hash}\n`,
    creation === null ? '' : creationText(creation),
    '\n',
    table([['NODE', 'ZONE', 'FILE'], ...rows]),
    ...sentOn.map(sentOnText),
    live === undefined
      ? ''
      : `\nthe shard's log ends at ${live.logEnd}\n${whereaboutsText(live, systemClock.nowMs() / 1000)}`,
  ].join('');
}

/** What the relay does to the name, where it does something. */
function stepLines({ given, cleansed, rewritten, name, rejected, quota }: Lookup): string[] {
  const steps: [what: string, before: string, after: string][] = [
    ['cleansed', given, cleansed],
    ['rewritten by [pre]', cleansed, rewritten.pre],
    ['rewritten by [post]', rewritten.pre, rewritten.post],
    ['stored as', rewritten.post, name],
  ];
  return [
    `${given}\n`,
    ...steps.flatMap(([what, before, after]) => (before === after ? [] : `${what} ${after}\n`)),
    rejected === null ? '' : `refused: ${rejected}; if it were not:\n`,
    quota === null ? '' : `counts for quotas.conf [${quota}]\n`,
  ];
}

function creationText({ schema, aggregation, archives, method, xFilesFactor }: Creation): string {
  return [
    `retentions ${archives.map(retention).join(',')} by storage-schemas.conf [${schema}]\n`,
    `aggregation ${method}, xFilesFactor ${xFilesFactor} by storage-aggregation.conf [${aggregation}]\n`,
  ].join('');
}

/** As it would stand in storage-schemas.conf: `1m:7d`. */
function retention({ secondsPerPoint, points }: ArchiveSpec): string {
  return `${duration(secondsPerPoint)}:${duration(secondsPerPoint * points)}`;
}

function duration(seconds: number): string {
  const unit = UNITS.find(([, size]) => seconds >= size && seconds % size === 0);
  return unit === undefined ? `${seconds}s` : `${seconds / unit[1]}${unit[0]}`;
}
