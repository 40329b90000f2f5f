import { cpSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import type { NatsConnection } from 'nats';
import { LOG_CUT_BACK, type LogMessage, type LogPlace } from '../../src/actors/ports/log.js';
import { systemClock } from '../../src/edge/clock.js';
import { connectNats } from '../../src/edge/nats-connection.js';
import { NatsLogReader } from '../../src/edge/nats-log.js';
import { errorCode } from '../../src/errors.js';
import { FakeLogger } from '../support/fake-logger.js';
import { NatsServerUnderTest } from '../support/nats-server.js';

const STREAM = 'SHARD_0';
const SUBJECT = 'shard.0.batch';
const PULL_BYTES = 64 * 1024;

describe('a reader of a log', function () {
  this.timeout(30_000);
  let server: NatsServerUnderTest;
  let connection: NatsConnection;
  let reader: NatsLogReader;
  let stopping: AbortController;
  const lost: [number, number][] = [];

  beforeEach(async function () {
    server = await NatsServerUnderTest.start(this);
    connection = await connectNats({ urls: [server.url] }, 'test', new FakeLogger());
    const manager = await connection.jetstreamManager();
    await manager.streams.add({ name: STREAM, subjects: [SUBJECT] });
    reader = new NatsLogReader(connection, systemClock, new FakeLogger(), PULL_BYTES);
    stopping = new AbortController();
    lost.length = 0;
  });

  afterEach(async () => {
    stopping.abort();
    await connection?.close();
    await server?.stop();
  });

  /** Messages of so many bytes each, which begin with their number. */
  async function publish(sizes: readonly number[]): Promise<void> {
    const js = connection.jetstream();
    for (const size of sizes) await js.publish(SUBJECT, new Uint8Array(size).fill(size % 251));
  }

  /** Starts the server again, and waits for the connection to it. */
  async function restarted(): Promise<void> {
    const changes = connection.status();
    await server.restart();
    for await (const { type } of changes) if (type === 'reconnect') return;
  }

  const read = (from = 1, before?: LogPlace): AsyncIterator<LogMessage> =>
    reader
      .read(STREAM, from, stopping.signal, (first, end) => lost.push([first, end]), before)
      [Symbol.asyncIterator]();

  async function take(messages: AsyncIterator<LogMessage>, count: number): Promise<LogMessage[]> {
    const taken: LogMessage[] = [];
    while (taken.length < count) {
      const { value, done } = await messages.next();
      if (done) break;
      expect(value.bytes[0] ?? 0).to.equal(value.bytes.length % 251);
      taken.push({ ...value, bytes: value.bytes.slice() });
      value.giveBack?.();
    }
    return taken;
  }

  const sequences = (messages: readonly LogMessage[]): number[] =>
    messages.map(({ sequence }) => sequence);
  const upTo = (last: number): number[] => Array.from({ length: last }, (_, i) => i + 1);

  it('gets messages of all sizes in order, also such as are larger than what it may ask for', async () => {
    const sizes = Array.from({ length: 300 }, (_, i) => [1, 900, 20_000, 70_000, 200_000][i % 5]);
    await publish(sizes);
    const messages = await take(read(), sizes.length);
    expect(sequences(messages)).to.deep.equal(upTo(sizes.length));
    expect(messages.map(({ bytes }) => bytes.length)).to.deep.equal(sizes);
    expect(messages.map(({ pending }) => pending)).to.deep.equal(
      upTo(sizes.length)
        .reverse()
        .map((n) => n - 1),
    );
  });

  it('waits at the end of the log, and goes on when more comes', async () => {
    await publish([10, 20]);
    const messages = read(2);
    expect(sequences(await take(messages, 1))).to.deep.equal([2]);
    const next = messages.next();
    await publish([30]);
    expect((await next).value.sequence).to.equal(3);
  });

  it('has no more in memory than it may while nobody takes what came', async () => {
    await publish(new Array(400).fill(10_000));
    const messages = read();
    await take(messages, 1);
    const before = connection.stats().inBytes;
    await new Promise((wake) => setTimeout(wake, 500));
    expect(connection.stats().inBytes - before).to.be.below(2 * PULL_BYTES);
    expect(sequences(await take(messages, 399))).to.deep.equal(upTo(400).slice(1));
  });

  it('goes on after a consumer that was taken away, a connection that broke and a server that was killed', async () => {
    await publish(new Array(50).fill(5_000));
    const messages = read();
    const all = await take(messages, 10);
    const manager = await connection.jetstreamManager();
    for await (const { name } of manager.consumers.list(STREAM))
      await manager.consumers.delete(STREAM, name);
    all.push(...(await take(messages, 10)));
    await connection.reconnect();
    all.push(...(await take(messages, 10)));
    await server.restart();
    all.push(...(await take(messages, 20)));
    expect(sequences(all)).to.deep.equal(upTo(50));
    expect(lost).to.deep.equal([]);
  });

  it('says that the log was cut back, whether it read before that or begins behind a checkpoint', async () => {
    await publish([1, 2, 3, 4, 5]);
    await server.kill9();
    const store = join(server.folder, 'jetstream');
    cpSync(store, `${store}-before`, { recursive: true });
    await restarted();
    const messages = read();
    await publish([6, 7, 8, 9, 10]);
    const all = await take(messages, 10);
    await server.kill9();
    rmSync(store, { recursive: true });
    renameSync(`${store}-before`, store);
    await restarted();
    const next = messages.next();
    await publish([11, 12, 13, 14, 15, 16]);
    expect(await next.catch(errorCode)).to.equal(LOG_CUT_BACK);
    expect(await read(11, all[9]).next().catch(errorCode)).to.equal(LOG_CUT_BACK);
    expect(sequences(await take(read(6, all[4]), 6))).to.deep.equal([6, 7, 8, 9, 10, 11]);
    expect(lost).to.deep.equal([]);
  });

  it('says what retention removed before it came', async () => {
    await publish([1, 2, 3, 4, 5]);
    const manager = await connection.jetstreamManager();
    await manager.streams.purge(STREAM, { seq: 4 });
    expect(sequences(await take(read(), 2))).to.deep.equal([4, 5]);
    expect(lost).to.deep.equal([[1, 3]]);
  });

  it('ends when it is told to', async () => {
    const next = read().next();
    setTimeout(() => stopping.abort(), 100);
    expect((await next).done).to.equal(true);
  });
});
