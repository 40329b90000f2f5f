import type { Socket } from 'node:net';
import { PassThrough } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { expect } from 'chai';
import { DatagramReceiver } from '../../src/actors/receiver/datagram-receiver.js';
import { RejectionLog } from '../../src/actors/receiver/rejection-log.js';
import { StreamReceiver } from '../../src/actors/receiver/stream-receiver.js';
import { Ticket } from '../../src/actors/relay/ticket.js';
import { type InputForm, WholeInput } from '../../src/actors/relay/whole-input.js';
import { Window } from '../../src/actors/relay/window.js';
import { Statsd } from '../../src/actors/statsd/statsd.js';
import { unpacking } from '../../src/edge/gunzip-socket.js';
import { CarbonlinkStream } from '../../src/protocols/carbonlink.js';
import { FRAME_BYTES_MAX, FramedPoints } from '../../src/protocols/framed-points.js';
import { LineStream } from '../../src/protocols/line.js';
import { PickleWriter } from '../../src/protocols/pickle-encoder.js';
import { PicklePoints } from '../../src/protocols/pickle-points.js';
import type { PointBlock } from '../../src/protocols/points.js';
import { ProtobufPoints } from '../../src/protocols/protobuf-points.js';
import { StatsdStream } from '../../src/protocols/statsd-stream.js';
import type { StreamDecoder } from '../../src/protocols/stream-decoder.js';
import { normaliseNames } from '../../src/protocols/tags-block.js';
import { FakeLogger } from '../support/fake-logger.js';
import { batchOf, type NamedPoint } from '../support/fake-points.js';
import { mutated, pieces } from '../support/mutations.js';
import { framed, payloadOf } from '../support/protobuf-payload.js';
import { Random, seedOf } from '../support/random.js';
import { SimulatedClock } from '../support/simulated-clock.js';

/*
 * Every decoder of what comes from outside, with inputs that are nearly good. It must not throw, hang or grow, and what
 * comes after it, on another connection or in the next frame, must be taken.
 *
 * FUZZ_ROUNDS inputs for each decoder; FUZZ_SEED repeats a run.
 */

const ROUNDS = Number(process.env.FUZZ_ROUNDS ?? 1_500);
const SEED = seedOf('FUZZ_SEED');
/** For one input of some hundred bytes. They take microseconds; this is for a busy machine. */
const INPUT_MS_MAX = 3_000;
const HEAP_GROWTH_BYTES_MAX = 150 * 1024 * 1024;
const SENDER = { address: 'fuzz', port: 1 };

const GOOD: NamedPoint = ['still.good', 1_700_000_000, 42];

function pickleOf(points: readonly NamedPoint[]): Uint8Array {
  const writer = new PickleWriter().list().mark();
  for (const [name, timestamp, value] of points)
    writer.text(name).float(timestamp).float(value).pair().pair();
  return writer.appends().finish().subarray(4);
}

const POINTS: NamedPoint[] = [
  ['servers.web1.cpu', 1_700_000_000, 1.5],
  ['tagged;b=2;a=1', 1_700_000_001, -3],
  ['ünusual.näme', 5, 1e300],
];
const LINES = ['a.b 1 1000\n', 'ünusual;t=1 -1e3 -1\r\n', '  x\t+5  1_000 \n\n', 'n nan 1\n'];
const OLD_PICKLES = [
  '(lp0\n(Va.b\np1\n(I1000\nF1.5\ntp2\ntp3\na.',
  '](U\x03a.bG@\x00\x00\x00\x00\x00\x00\x00K\x05\x86\x86e.',
  "cos\nsystem\n(S'true'\ntR.",
  '}q\x00(X\x01\x00\x00\x00aK\x01X\x01\x00\x00\x00bK\x02u.',
  '\x80\x04\x95\x10\x00\x00\x00\x00\x00\x00\x00]\x94(\x8c\x01a\x94K\x01K\x02\x86\x94\x86\x94e.',
];
const SAMPLES = ['a.b:1|c|@0.1\n', 't:5|ms:7|ms\n', 'g:-1|g\ng:+3|g\n', 's:joe|s\n', 'event\n'];
const pickles = [pickleOf(POINTS), ...OLD_PICKLES.map((text) => Buffer.from(text, 'latin1'))];
const payloads = [payloadOf(POINTS), payloadOf([GOOD])];
const texts = (lines: readonly string[]): Buffer[] => lines.map((line) => Buffer.from(line));

function start() {
  const clock = new SimulatedClock();
  const logger = new FakeLogger();
  logger.info = () => undefined;
  logger.warn = () => undefined;
  const rejections = new RejectionLog(logger, clock);
  const window = new Window(1 << 30);
  let good = 0;
  const accept = (block: PointBlock): void => {
    normaliseNames(block);
    const { count, bytes, nameStart, nameEnd } = block;
    for (let i = 0; i < count; i++) {
      if (nameStart[i] > nameEnd[i] || nameEnd[i] > bytes.length) throw new Error('no such name');
      if (block.name(i) === GOOD[0] && block.values[i] === GOOD[2]) good++;
    }
  };
  const shared = { accept, window, rejections, clock };
  const receiver = new StreamReceiver({
    ...shared,
    log: logger,
    connectionsMax: 10,
    idleTimeoutMs: 0,
    flushIntervalMs: 100,
    flowControl: true,
  });
  return { ...shared, receiver, random: new Random(SEED), good: () => good };
}

/** Runs `input` for many inputs, none of which may take long, nor all of them leave much behind. */
function rounds(run: (round: number) => void): void {
  const heapBefore = process.memoryUsage().heapUsed;
  for (let round = 0; round < ROUNDS; round++) {
    const startMs = performance.now();
    run(round);
    expect(performance.now() - startMs, `round ${round}`).to.be.below(INPUT_MS_MAX);
  }
  expect(process.memoryUsage().heapUsed - heapBefore).to.be.below(HEAP_GROWTH_BYTES_MAX);
}

function connect(receiver: StreamReceiver, decoder: StreamDecoder) {
  const peer = {
    ...SENDER,
    closed: false,
    pause: () => undefined,
    resume: () => undefined,
    close() {
      this.closed = true;
    },
  };
  const input = receiver.connected(peer, decoder);
  if (input === undefined) throw new Error('a connection of before is still open');
  return { peer, input };
}

/** Hostile connections, each followed by a good one. */
function fuzzStream(
  make: () => StreamDecoder,
  corpus: readonly Uint8Array[],
  goodInput: Uint8Array,
): void {
  const { receiver, random, good } = start();
  rounds((round) => {
    const decoder = make();
    const hostile = connect(receiver, decoder);
    for (const piece of pieces(random, mutated(random, corpus))) hostile.input.data(piece);
    expect(decoder.heldBytes).to.be.at.most(FRAME_BYTES_MAX + 4);
    hostile.input.end();
    const neighbour = connect(receiver, make());
    neighbour.input.data(goodInput);
    neighbour.input.end();
    expect(neighbour.peer.closed, `round ${round}`).to.equal(false);
  });
  expect(good()).to.be.at.least(ROUNDS);
}

/** Hostile frames of the right length, each followed by a good frame on the same connection. */
function fuzzFrames(
  make: () => StreamDecoder,
  corpus: readonly Uint8Array[],
  goodFrame: Uint8Array,
): void {
  const { receiver, random, good } = start();
  let open = 0;
  rounds((round) => {
    const { peer, input } = connect(receiver, make());
    input.data(framed(mutated(random, corpus)));
    if (!peer.closed) {
      const before = good();
      input.data(goodFrame);
      expect(good(), `round ${round}`).to.equal(before + 1);
      open++;
    }
    input.end();
  });
  expect(open, 'connections that went on').to.be.above(ROUNDS / 10);
}

describe('fuzzing', function () {
  this.timeout(60_000);
  before(() => console.log(`  FUZZ_SEED=${SEED}`));

  const pickle = new PicklePoints();
  const protobuf = new ProtobufPoints();
  const goodPickle = framed(pickleOf([GOOD]));
  const goodPayload = framed(payloadOf([GOOD]));
  const goodLine = Buffer.from(`${GOOD[0]} ${GOOD[2]} ${GOOD[1]}\n`);

  it('lines over TCP', () => fuzzStream(() => new LineStream(), texts(LINES), goodLine));

  it('streams of pickles', () =>
    fuzzStream(() => new FramedPoints(pickle), pickles.map(framed), goodPickle));

  it('frames of pickle', () => fuzzFrames(() => new FramedPoints(pickle), pickles, goodPickle));

  it('streams of protobuf', () =>
    fuzzStream(() => new FramedPoints(protobuf), payloads.map(framed), goodPayload));

  it('frames of protobuf', () =>
    fuzzFrames(() => new FramedPoints(protobuf), payloads, goodPayload));

  it('datagrams of lines', () => {
    const { random, good, ...shared } = start();
    const receiver = new DatagramReceiver(shared);
    rounds(() => {
      receiver.datagram(mutated(random, texts(LINES)), SENDER);
      receiver.datagram(goodLine, SENDER);
    });
    expect(good()).to.be.at.least(ROUNDS);
  });

  it('samples of statsd, by datagram and connection', () => {
    const { random, good, receiver, clock, ...shared } = start();
    const statsd = new Statsd({
      ...shared,
      clock,
      prefix: 'p',
      flushIntervalMs: 1_000,
      percentiles: [90, -10],
      namesMax: 1_000,
      idleMs: 5_000,
    });
    rounds(() => {
      statsd.datagram(mutated(random, texts(SAMPLES)), SENDER);
      const { input } = connect(receiver, new StatsdStream(statsd.sink));
      for (const piece of pieces(random, mutated(random, texts(SAMPLES)))) input.data(piece);
      input.end();
      clock.advance(random.int(0, 300));
    });
    expect(statsd.counters.statsdNames).to.be.at.most(1_000);
    for (let flush = 0; flush < 10; flush++) clock.advance(1_000);
    expect(statsd.counters.statsdNames).to.equal(0);
    expect(good()).to.equal(0);
  });

  const whole: Record<InputForm, { corpus: Uint8Array[]; input: Uint8Array }> = {
    lines: { corpus: texts(LINES), input: goodLine },
    batch: { corpus: [batchOf(POINTS), batchOf([GOOD])], input: batchOf([GOOD]) },
    pickle: { corpus: pickles, input: goodPickle.subarray(4) },
    protobuf: { corpus: payloads, input: goodPayload.subarray(4) },
  };
  for (const [form, { corpus, input }] of Object.entries(whole)) {
    it(`messages and bodies: ${form}`, () => {
      const { random, good, accept, rejections, clock } = start();
      const decoder = new WholeInput(rejections, clock);
      let answered = 0;
      const take = (bytes: Uint8Array): void => {
        const ticket = new Ticket(() => answered++);
        decoder.accept(bytes, form as InputForm, { accept }, ticket);
        ticket.release();
      };
      rounds(() => {
        take(mutated(random, corpus));
        take(input);
      });
      expect(good()).to.be.at.least(ROUNDS);
      expect(answered).to.equal(2 * ROUNDS);
    });
  }

  it('cache queries', () => {
    const { random } = start();
    const query = Buffer.from('(dp0\nVtype\np1\nVcache-query\np2\nsVmetric\np3\nVa.b\np4\ns.');
    const corpus = [framed(query), ...pickles.map(framed)];
    let asked = 0;
    rounds(() => {
      const hostile = new CarbonlinkStream();
      for (const piece of pieces(random, mutated(random, corpus)))
        for (const _request of hostile.push(piece)) asked++;
      expect([...new CarbonlinkStream().push(framed(query))]).to.have.length(1);
    });
    expect(asked).to.be.above(0);
  });

  it('streams of gzip', async () => {
    const { receiver, random, good } = start();
    const corpus = [gzipSync(goodLine), gzipSync(LINES.join('')), gzipSync(Buffer.alloc(100_000))];
    const send = async (bytes: Buffer): Promise<boolean> => {
      const { peer, input } = connect(receiver, new LineStream());
      const socket = new PassThrough();
      await new Promise<void>((done) => {
        const end = (): void => {
          input.end();
          done();
        };
        const garbled = (first: Uint8Array): void => {
          input.garbled(first);
          done();
        };
        const packed = unpacking(socket as unknown as Socket, { ...input, end, garbled });
        packed.read(bytes);
        socket.destroy();
      });
      return peer.closed;
    };
    for (let round = 0; round < ROUNDS / 5; round++) {
      await send(Buffer.concat([Buffer.of(0x1f, 0x8b), mutated(random, corpus).subarray(2)]));
      expect(await send(gzipSync(goodLine)), `round ${round}`).to.equal(false);
    }
    expect(good()).to.be.at.least(ROUNDS / 5);
  });
});
