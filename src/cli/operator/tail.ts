import type { NatsConnection } from 'nats';
import { within } from '../../actors/ports/clock.js';
import type { LogReader } from '../../actors/ports/log.js';
import type { Logger } from '../../actors/ports/logger.js';
import { firstStopSignal } from '../../edge/child-process.js';
import { systemClock } from '../../edge/clock.js';
import { NatsLogReader } from '../../edge/nats-log.js';
import { shardStream } from '../../protocols/subjects.js';
import { OutputClosed, writeOut } from '../output.js';
import { type Cluster, connected, SILENT } from './cluster.js';
import { PointSieve } from './point-sieve.js';
import { tailPattern } from './tail-pattern.js';

/** All readers together stay well below the server's `max_pending` for a connection. */
const PULL_BYTES_OF_CONNECTION = 24 * 1024 * 1024;
const PULL_BYTES_MAX = 2 * 1024 * 1024;
/** A log that is further ahead than this is not read point by point any more, so that what is shown is new. */
const BEHIND_MAX = 200;
const NOTE_INTERVAL_MS = 1_000;
/** For taking the readers of the logs away again. */
const CLOSE_MS = 500;

/** A connection that is lost is worth a line: until it is back nothing is shown. */
const COMPLAINTS: Logger = { ...SILENT, warn: (_fields, text) => say(text) };

export interface TailOptions {
  json?: boolean;
  /** Points to show before it ends; without it, it is stopped. */
  count?: number;
  /** Points a second that are shown. */
  rate: number;
}

/** `carbonbus tail`: shows points as they come into the shard logs, until it is stopped or has shown enough. */
export async function tail(
  cluster: Cluster,
  patterns: readonly string[],
  options: TailOptions,
): Promise<number> {
  const wanted = tailPattern(patterns);
  const sieve = new PointSieve({
    wanted,
    rate: options.rate,
    countMax: options.count ?? Number.POSITIVE_INFINITY,
    clock: systemClock,
  });
  await connected(cluster, (connection) => follow(cluster, connection, sieve, options), COMPLAINTS);
  return 0;
}

/** What the readers of all shards share. */
interface Following {
  readonly log: LogReader;
  readonly sieve: PointSieve;
  readonly json: boolean;
  /** Aborts the reading of a shard, one for each. */
  readonly readings: readonly AbortController[];
  /** What is being written: one text after the other. */
  writing: Promise<void>;
  /** Batches that were passed over, and messages that are none, since the last note. */
  behind: number;
  broken: number;
}

async function follow(
  { settings }: Cluster,
  connection: NatsConnection,
  sieve: PointSieve,
  { json = false, rate }: TailOptions,
): Promise<void> {
  const { shardCount } = settings.cluster;
  const pullBytes = Math.floor(Math.min(PULL_BYTES_MAX, PULL_BYTES_OF_CONNECTION / shardCount));
  const log = new NatsLogReader(connection, systemClock, SILENT, pullBytes);
  const readings = Array.from({ length: shardCount }, () => new AbortController());
  const writing = Promise.resolve();
  const following = { log, sieve, json, readings, writing, behind: 0, broken: 0 };
  void firstStopSignal().then(() => stop(following));
  const notes = systemClock.every(NOTE_INTERVAL_MS, () => note(following, rate));
  try {
    await Promise.all(readings.map(({ signal }, shard) => followShard(following, shard, signal)));
    await within(systemClock, CLOSE_MS, connection.flush());
  } finally {
    notes();
    note(following, rate);
  }
}

async function followShard(
  following: Following,
  shard: number,
  signal: AbortSignal,
): Promise<void> {
  const { log, sieve, json } = following;
  const stream = shardStream(shard);
  const { lastSequence } = await log.state(stream, 'fail');
  const lost = (from: number, to: number): void => {
    following.behind += to - from + 1;
  };
  for await (const message of log.read(stream, lastSequence + 1, signal, lost)) {
    if (message.pending > BEHIND_MAX) {
      following.behind++;
      continue;
    }
    let text = '';
    const problem = sieve.sift(message.bytes, (name, timestamp, value) => {
      text += json
        ? `${JSON.stringify({ name, value, timestamp, shard, sequence: message.sequence })}\n`
        : `${name} ${value} ${timestamp}\n`;
    });
    if (problem !== undefined) following.broken++;
    if (text !== '') await show(following, text);
    if (sieve.isDone) stop(following);
  }
}

function stop({ readings }: Following): void {
  for (const reading of readings) reading.abort();
}

/** Whoever reads our output and goes away, as `head` does, has seen enough. */
async function show(following: Following, text: string): Promise<void> {
  try {
    following.writing = following.writing.then(() => writeOut(text));
    await following.writing;
  } catch (error) {
    stop(following);
    if (!(error instanceof OutputClosed)) throw error;
  }
}

/** Says on standard error what is missing in what is shown. */
function note(following: Following, rate: number): void {
  const heldBack = following.sieve.takeHeldBack();
  const { behind, broken } = following;
  following.behind = 0;
  following.broken = 0;
  if (heldBack > 0) say(`${heldBack} points not shown: more than --rate ${rate} a second`);
  if (behind > 0) say(`${behind} batches passed over: more than this command can read`);
  if (broken > 0) say(`${broken} messages in the logs are no batches`);
}

function say(line: string): void {
  process.stderr.write(`carbonbus tail: ${line}\n`);
}
