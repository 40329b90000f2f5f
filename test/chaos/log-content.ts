import { AckPolicy, connect, DeliverPolicy, type NatsConnection, nanos } from 'nats';
import { decodeBatch } from '../../src/protocols/batch.js';
import { PointBlock } from '../../src/protocols/points.js';
import { shardStream } from '../../src/protocols/subjects.js';
import type { Model } from './model.js';

const FETCH_MESSAGES = 500;
const FETCH_LIMIT_MS = 10_000;
const CONSUMER_LIMIT_MS = 60_000;

/** What the shard logs hold of the model: the fold that every file has to be. */
export interface LogContent {
  /** By cell; NaN where no log has the point. */
  values: Float64Array;
  messages: number;
  /** Points; more than there are cells where some were sent or published again. */
  points: number;
  problems: string[];
}

/** Reads all logs from their first message to their last one, without the code under test. */
export async function readLogs(
  port: number,
  shardCount: number,
  model: Model,
): Promise<LogContent> {
  const values = new Float64Array(model.cells).fill(Number.NaN);
  const content: LogContent = { values, messages: 0, points: 0, problems: [] };
  const connection = await connect({
    port,
    user: 'cluster',
    pass: 'secret',
    inboxPrefix: '_INBOX_cluster',
  });
  try {
    for (let shard = 0; shard < shardCount; shard++)
      await readLog(connection, shardStream(shard), model, content);
  } finally {
    await connection.close();
  }
  return content;
}

async function readLog(
  connection: NatsConnection,
  stream: string,
  model: Model,
  content: LogContent,
): Promise<void> {
  const jsm = await connection.jetstreamManager({ checkAPI: false });
  const { state } = await jsm.streams.info(stream);
  if (state.first_seq > 1) content.problems.push(`${stream} begins at ${state.first_seq}`);
  const { name } = await jsm.consumers.add(stream, {
    ack_policy: AckPolicy.None,
    deliver_policy: DeliverPolicy.All,
    inactive_threshold: nanos(CONSUMER_LIMIT_MS),
    mem_storage: true,
  });
  const consumer = await connection.jetstream().consumers.get(stream, name);
  const block = new PointBlock();
  for (let next = state.first_seq; next <= state.last_seq; ) {
    const wanted = Math.min(FETCH_MESSAGES, state.last_seq - next + 1);
    const messages = await consumer.fetch({ max_messages: wanted, expires: FETCH_LIMIT_MS });
    const before = next;
    for await (const message of messages) {
      if (message.seq !== next) content.problems.push(`${stream} lacks ${next}`);
      next = message.seq + 1;
      const fault = decodeBatch(message.data, block);
      if (fault !== undefined) content.problems.push(`${stream} ${message.seq}: ${fault}`);
      content.messages++;
      fold(block, model, content);
    }
    if (next === before) throw new Error(`${stream} stops at ${next} of ${state.last_seq}`);
  }
  await jsm.consumers.delete(stream, name);
}

function fold(block: PointBlock, model: Model, content: LogContent): void {
  for (let i = 0; i < block.count; i++) {
    const bytes = block.bytes.subarray(block.nameStart[i], block.nameEnd[i]);
    const name = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString();
    const metric = model.metricOf(name);
    if (metric === undefined) continue;
    const cell = model.cellOf(metric, block.timestamps[i]);
    if (cell === undefined || name !== model.name(metric))
      content.problems.push(`nobody has sent ${name} ${block.timestamps[i]}`);
    else {
      content.values[cell] = block.values[i];
      content.points++;
    }
  }
}
