import { decodeBatch } from '../../protocols/batch.js';
import { PointBlock } from '../../protocols/points.js';
import { type Clock, sleep } from '../ports/clock.js';
import type { LogReader } from '../ports/log.js';

/** Messages at the end of a log that are looked through, and how long. */
const MESSAGES_MAX = 1_000;
const LIMIT_MS = 2_000;

/** The newest point of a metric in the last messages of its log. */
export interface NewestInLog {
  /** Messages that were looked through. */
  messages: number;
  newest: { sequence: number; timestamp: number; value: number } | null;
}

/** Looks through the end of a log for a metric; what a log says is true whatever a replica says. */
export async function newestInLog(
  log: LogReader,
  stream: string,
  metric: string,
  clock: Clock,
): Promise<NewestInLog> {
  const { firstSequence, lastSequence } = await log.state(stream, 'fail');
  const found: NewestInLog = { messages: 0, newest: null };
  const from = Math.max(firstSequence, lastSequence - MESSAGES_MAX + 1, 1);
  if (from > lastSequence) return found;
  const reading = new AbortController();
  const wanted = Buffer.from(metric);
  const block = new PointBlock();
  const read = async (): Promise<void> => {
    for await (const { sequence, bytes } of log.read(
      stream,
      from,
      reading.signal,
      () => undefined,
    )) {
      found.messages++;
      decodeBatch(bytes, block);
      for (let i = 0; i < block.count; i++) {
        const { nameStart, nameEnd, timestamps, values } = block;
        if (!isName(block.bytes, nameStart[i], nameEnd[i], wanted)) continue;
        if (found.newest !== null && found.newest.timestamp > timestamps[i]) continue;
        found.newest = { sequence, timestamp: timestamps[i], value: values[i] };
      }
      if (sequence >= lastSequence) return;
    }
  };
  await Promise.race([read(), sleep(clock, LIMIT_MS)]);
  reading.abort();
  return found;
}

function isName(bytes: Uint8Array, start: number, end: number, name: Uint8Array): boolean {
  if (end - start !== name.length) return false;
  for (let i = 0; i < name.length; i++) if (bytes[start + i] !== name[i]) return false;
  return true;
}
