import { cpSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import type { NatsConnection } from 'nats';
import type { IngestMessage } from '../../src/actors/ports/bus.js';
import { systemClock } from '../../src/edge/clock.js';
import { connectNats } from '../../src/edge/nats-connection.js';
import { NatsIngestSource } from '../../src/edge/nats-ingest.js';
import { ensureStreams } from '../../src/edge/nats-streams.js';
import { FakeLogger } from '../support/fake-logger.js';
import { NatsServerUnderTest } from '../support/nats-server.js';

const SUBJECT = 'metrics.ingest.test';
/** The server writes the state of a consumer so long after it has changed. */
const STATE_WRITTEN_MS = 1_000;
const LIMITS = {
  ...{ shardCount: 1, replicationFactor: 1, routerHashType: 'jump_fnv1a_ch' },
  ...{ streamReplicas: 1, shardLogMaxAgeMs: 3_600_000, shardLogMaxBytes: 2 ** 20 },
  ...{ ingestMaxAgeMs: 3_600_000, ingestMaxBytes: 2 ** 20, nodes: [] },
} as never;

describe('a reader of the ingestion stream', function () {
  this.timeout(60_000);
  let server: NatsServerUnderTest;
  let connection: NatsConnection;
  let stopping: AbortController;
  const reading: AsyncIterator<IngestMessage>[] = [];

  beforeEach(async function () {
    server = await NatsServerUnderTest.start(this);
    connection = await connectNats({ urls: [server.url] }, 'test', new FakeLogger());
    await ensureStreams(connection, LIMITS, systemClock, new FakeLogger());
    stopping = new AbortController();
  });

  afterEach(async () => {
    stopping.abort();
    // What waits for its next message is not told to stop, and keeps timers.
    for (const messages of reading.splice(0)) await messages.return?.();
    await connection?.close();
    await server?.stop();
  });

  const publish = async (first: number, last: number): Promise<void> => {
    for (let n = first; n <= last; n++) await connection.jetstream().publish(SUBJECT, String(n));
  };

  async function take(
    messages: AsyncIterator<IngestMessage>,
    count: number,
  ): Promise<{ text: string; accepted: () => void }[]> {
    const taken = [];
    while (taken.length < count) {
      const { value, done } = await messages.next();
      if (done) break;
      taken.push({ text: Buffer.from(value.bytes).toString(), accepted: value.accepted });
    }
    return taken;
  }

  /** Takes the messages from one number to another, and acknowledges them. */
  async function takeAll(
    messages: AsyncIterator<IngestMessage>,
    first: number,
    last: number,
  ): Promise<void> {
    const expected = Array.from({ length: last - first + 1 }, (_, i) => String(first + i));
    const taken = await take(messages, expected.length);
    expect(taken.map(({ text }) => text)).to.deep.equal(expected);
    for (const { accepted } of taken) accepted();
    await connection.flush();
  }

  /** Starts the server again, and waits for the connection to it. */
  async function restarted(): Promise<void> {
    const changes = connection.status();
    await server.restart();
    for await (const { type } of changes) if (type === 'reconnect') return;
  }

  function read(): AsyncIterator<IngestMessage> {
    const source = new NatsIngestSource(connection, systemClock, new FakeLogger());
    const messages = source.read(stopping.signal)[Symbol.asyncIterator]();
    reading.push(messages);
    return messages;
  }

  const messagesFolder = (): string => join(server.folder, 'jetstream/$G/streams/INGEST/msgs');

  /** What the stream has now is what a power cut leaves of it, while all that is known of its consumer survives. */
  async function keepMessages(): Promise<void> {
    await acknowledged();
    await server.kill9();
    cpSync(messagesFolder(), `${server.folder}/before`, { recursive: true });
    await restarted();
  }

  async function cutPower(): Promise<void> {
    await acknowledged();
    await loseMessages();
  }

  async function loseMessages(): Promise<void> {
    await server.kill9();
    rmSync(messagesFolder(), { recursive: true });
    renameSync(`${server.folder}/before`, messagesFolder());
    await restarted();
  }

  /** Waits until the consumer has all acknowledgements, in its file too. */
  async function acknowledged(): Promise<void> {
    while ((await inHand()) > 0);
    await new Promise((wake) => setTimeout(wake, STATE_WRITTEN_MS));
  }

  async function inHand(): Promise<number> {
    const { consumers } = await connection.jetstreamManager();
    return (await consumers.info('INGEST', 'relays')).num_ack_pending;
  }

  it('gets what is accepted after a power cut that the consumer remembers more from than its stream', async () => {
    const messages = read();
    await publish(1, 5);
    await takeAll(messages, 1, 5);
    await keepMessages();
    await publish(6, 10);
    await takeAll(messages, 6, 10);
    await cutPower();
    await publish(11, 13);
    await takeAll(messages, 1, 5);
    await takeAll(messages, 11, 13);
  });

  it('gets it also where as many messages as were lost have come before it looks', async () => {
    const messages = read();
    await publish(1, 3);
    await takeAll(messages, 1, 3);
    await keepMessages();
    await publish(4, 6);
    await takeAll(messages, 4, 6);
    await cutPower();
    await publish(7, 20);
    await takeAll(messages, 1, 3);
    await takeAll(messages, 7, 20);
  });

  it('acknowledges what came before the connection was lost, and does not get it again', async () => {
    const messages = read();
    await publish(1, 2);
    const before = await take(messages, 2);
    await server.kill9();
    await restarted();
    for (const { accepted } of before) accepted();
    await publish(3, 3);
    await takeAll(messages, 3, 3);
    await acknowledged();
  });

  it('acknowledges nothing that came before the stream lost its end: another message may have its place', async () => {
    const messages = read();
    await publish(1, 3);
    await takeAll(messages, 1, 3);
    await keepMessages();
    await publish(4, 6);
    const before = await take(messages, 3);
    await loseMessages();
    for (const { accepted } of before) accepted();
    await publish(7, 9);
    const after = await take(messages, 6);
    expect(after.map(({ text }) => text)).to.deep.equal(['1', '2', '3', '7', '8', '9']);
    expect(await inHand()).to.equal(6);
  });
});
