import { shardStream } from '../../protocols/subjects.js';
import { sleep } from '../ports/clock.js';
import type { Destination } from './destination.js';
import type { Gap } from './progress.js';
import type { ReadingWorld } from './shard-reading.js';

/** Messages of a gap that are read at a time, in their order. */
const CHUNK_MESSAGES = 32;

/**
 * Sends a destination what it has missed, newest first, beside what comes in: gap by gap from the end, the shards in
 * turn. Ends when nothing is left, or `signal` aborts.
 */
export async function fillGaps(
  world: ReadingWorld,
  destination: Destination,
  shardCount: number,
  signal: AbortSignal,
): Promise<void> {
  for (let left = true; left && !signal.aborted; ) {
    left = false;
    for (let shard = 0; shard < shardCount && !signal.aborted; shard++) {
      const gap = destination.progress.shard(shard).gaps.at(-1);
      if (gap === undefined) continue;
      left = true;
      const from = Math.max(gap.from, gap.to - CHUNK_MESSAGES);
      await sendChunk(world, destination, shard, { from, to: gap.to }, signal);
      if (!signal.aborted) destination.progress.fill(shard, from);
    }
  }
}

async function sendChunk(
  world: ReadingWorld,
  destination: Destination,
  shard: number,
  { from, to }: Gap,
  signal: AbortSignal,
): Promise<void> {
  const reading = new AbortController();
  const stop = (): void => reading.abort();
  signal.addEventListener('abort', stop);
  const wanted: (Destination | undefined)[] = [];
  wanted[world.indexOf(destination)] = destination;
  const onLost = (first: number, last: number): void => {
    destination.messagesLost += Math.max(0, Math.min(last, to - 1) - first + 1);
  };
  for await (const message of world.log.read(shardStream(shard), from, reading.signal, onLost)) {
    if (message.sequence >= to) break;
    while (!destination.hasRoom && !signal.aborted) await destination.room();
    if (signal.aborted) break;
    world.fanOut.forward(message.bytes, wanted);
    const waitMs = destination.charge(destination.sentLate());
    if (waitMs > 0) await sleep(world.clock, waitMs);
    await world.breathe();
    if (message.sequence === to - 1) break;
  }
  signal.removeEventListener('abort', stop);
}
