import { expect } from 'chai';
import { Packr } from 'msgpackr';
import type { IngestMessage, IngestSource } from '../../../../src/actors/ports/bus.js';
import { RejectionLog } from '../../../../src/actors/receiver/rejection-log.js';
import { IngestReader } from '../../../../src/actors/relay/ingest.js';
import { Relay } from '../../../../src/actors/relay/relay.js';
import { FakeLogWriter } from '../../../support/fake-log-writer.js';
import { FakeLogger } from '../../../support/fake-logger.js';
import { batchOf } from '../../../support/fake-points.js';
import { pass, settled, watch } from '../../../support/fake-time.js';
import { plainShardHash } from '../../../support/shard-of.js';
import { SimulatedClock } from '../../../support/simulated-clock.js';
import { testPipeline } from '../../../support/test-pipeline.js';

const NOW_S = 1_700_000_000;
const producer = new Packr({ useRecords: false });

function start(options: { windowBytes?: number; batchBytes?: number } = {}) {
  const log = new FakeLogWriter();
  const clock = new SimulatedClock(NOW_S * 1000 + 250);
  const rejectionLog = new RejectionLog(new FakeLogger(), new SimulatedClock());
  const rejections = rejectionLog.counts;
  const relay = new Relay({
    pipeline: testPipeline(rejections),
    shardHash: plainShardHash(4),
    idPrefix: 'r',
    batchBytes: 16_384,
    windowBytes: 1_000_000,
    flushIntervalMs: 100,
    ...options,
    log,
    clock,
    logger: new FakeLogger(),
    rejections,
  });
  const messages: IngestMessage[] = [];
  const accepted: number[] = [];
  let taken = 0;
  const source = {
    async *read(): AsyncGenerator<IngestMessage> {
      for (const message of messages) {
        taken++;
        yield message;
      }
    },
  } as unknown as IngestSource;
  const reader = new IngestReader(source, relay, rejectionLog, clock);
  return {
    log,
    clock,
    rejections,
    reader,
    accepted,
    taken: () => taken,
    /** Reads all of `payloads` and lets the relay publish. */
    read: async (...payloads: (string | Uint8Array)[]) => {
      payloads.forEach((payload, i) => {
        const bytes = typeof payload === 'string' ? Buffer.from(payload) : payload;
        messages.push({ subject: 'metrics.ingest.x', bytes, accepted: () => accepted.push(i) });
      });
      const run = watch(reader.run(new AbortController().signal));
      await pass(clock, 100);
      return run;
    },
  };
}

describe('IngestReader', () => {
  it('reads text, with and without a newline at its end', async () => {
    const { read, log, accepted, reader, rejections } = start();
    await read('a.b 1 1000\nc.d 2 1001\n', 'e.f 3 1002\ng.h 4 1003');
    expect(log.allPoints.sort()).to.deep.equal([
      ['a.b', 1000, 1],
      ['c.d', 1001, 2],
      ['e.f', 1002, 3],
      ['g.h', 1003, 4],
    ]);
    expect([...accepted].sort()).to.deep.equal([0, 1]);
    expect([reader.messages, rejections.total]).to.deep.equal([2, 0]);
  });

  it('does not join the end of one message with the start of the next', async () => {
    const { read, log, rejections } = start();
    await read('a.b 1', ' 1000\n');
    expect(log.allPoints).to.deep.equal([]);
    expect(rejections.count('malformed-line')).to.equal(2);
  });

  it('counts what it refuses of a text and keeps the rest', async () => {
    const { read, log, rejections, accepted } = start();
    await read('a.b 1 1000\nnonsense\nc.d nan 1000\ne.f 2 -1\n');
    expect(log.allPoints.sort()).to.deep.equal([
      ['a.b', 1000, 1],
      ['e.f', NOW_S + 0.25, 2],
    ]);
    expect(rejections.count('malformed-line')).to.equal(1);
    expect(rejections.count('nan-value')).to.equal(1);
    expect(accepted).to.deep.equal([0]);
  });

  it('reads the lines behind one for which a connection would be closed', async () => {
    const { read, log, rejections } = start();
    const text = Buffer.concat([
      Buffer.from('a.b 1 1000\n'),
      Buffer.of(0xff, 0x20, 0x31, 0x0a),
      Buffer.from(`c.d 2 inf\n${'x'.repeat(20_000)}\ne.f 3 1002`),
    ]);
    await read(text);
    expect(log.allPoints.sort()).to.deep.equal([
      ['a.b', 1000, 1],
      ['e.f', 1002, 3],
    ]);
    expect(rejections.total).to.equal(3);
  });

  it('reads a batch: -1 is now, NaN is refused', async () => {
    const { read, log, rejections, accepted } = start();
    await read(
      batchOf([
        ['a.b', -1, 1],
        ['c.d', 1000, Number.NaN],
        ['e.f', Number.NaN, 1],
        ['g.h', Number.POSITIVE_INFINITY, 1],
        ['i.j', 1000.5, Number.NEGATIVE_INFINITY],
        ['k;b=1;a=2', 1000, 7],
      ]),
    );
    expect(log.allPoints.sort()).to.deep.equal([
      ['a.b', NOW_S, 1],
      ['i.j', 1000.5, Number.NEGATIVE_INFINITY],
      ['k;a=2;b=1', 1000, 7],
    ]);
    expect(rejections.count('nan-value')).to.equal(1);
    expect(rejections.count('bad-timestamp')).to.equal(2);
    expect(accepted).to.deep.equal([0]);
  });

  it('refuses the names of a batch that are no UTF-8, as of a line', async () => {
    const { read, log, rejections, accepted } = start();
    const names = Buffer.concat([Buffer.from('ä\na'), Buffer.of(0xff, 0xfe), Buffer.from('\nb')]);
    await read(producer.pack({ v: 1, names, times: [1, 2, 3], values: [1, 2, 3] }));
    expect(log.allPoints.map(([name]) => name).sort()).to.deep.equal(['b', 'ä']);
    expect(rejections.count('invalid-utf8')).to.equal(1);
    expect(accepted).to.deep.equal([0]);
  });

  it('gives the names of a batch their normal form', async () => {
    const { log, read } = start();
    const names = ['a;c=1;b=2', '~x', 'plain'];
    await read(producer.pack({ v: 1, names, times: [1, 1, 1], values: [1, 2, 3] }));
    expect(log.allPoints.map(([name]) => name)).to.have.members(['a;b=2;c=1', 'x', 'plain']);
  });

  it('counts a broken batch once, acknowledges it and reads on', async () => {
    const { read, log, rejections, accepted } = start();
    const broken = batchOf([['x.y', 1, 1]]).subarray(0, 12);
    const poison = producer.pack({ v: { toString: 1 } });
    await read(batchOf([['a.b', 1, 1]]), broken, poison, batchOf([['c.d', 1, 1]]));
    expect(log.allPoints.map(([name]) => name).sort()).to.deep.equal(['a.b', 'c.d']);
    expect(rejections.count('malformed-batch')).to.equal(2);
    expect(rejections.total).to.equal(2);
    expect([...accepted].sort()).to.deep.equal([0, 1, 2, 3]);
  });

  it('acknowledges a message of nothing', async () => {
    const { read, accepted, log } = start();
    await read(new Uint8Array(0), batchOf([]));
    expect([...accepted].sort()).to.deep.equal([0, 1]);
    expect(log.attempts).to.deep.equal([]);
  });

  it('acknowledges a message when the logs of all its points have them, and not before', async () => {
    const { read, log, accepted } = start();
    log.verdict = () => 'hold';
    const lines = Array.from({ length: 100 }, (_, i) => `a.b${i} 1 1000\n`).join('');
    await read(lines);
    expect(log.held).to.equal(4);
    while (log.held > 0) {
      expect(accepted).to.deep.equal([]);
      log.release();
      await settled();
    }
    expect(accepted).to.deep.equal([0]);
  });

  it('acknowledges one that was refused while others wait for their log', async () => {
    const { read, log, accepted } = start();
    log.verdict = () => 'hold';
    await read('a.b 1 1000\n', 'nonsense\n');
    expect(accepted).to.deep.equal([1]);
  });

  it('reads no further while the window is full', async () => {
    const { read, log, taken, clock } = start({ windowBytes: 16_384, batchBytes: 8_192 });
    log.verdict = () => 'hold';
    const big = Array.from({ length: 4_000 }, (_, i) => `a.b${i} 1 1000\n`).join('');
    const run = await read(big, 'c.d 1 1000\n', 'e.f 1 1000\n');
    expect([taken(), run.state]).to.deep.equal([1, 'pending']);
    log.verdict = () => 'stored';
    while (log.held > 0) {
      log.release();
      await settled();
    }
    await pass(clock, 100);
    expect([taken(), run.state]).to.deep.equal([3, 'resolved']);
  });
});
