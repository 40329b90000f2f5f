import { expect } from 'chai';
import type { Consumer, ConsumerMessages, JsMsg } from 'nats';
import { consume } from '../../../src/edge/nats-consume.js';
import { FakeLogger } from '../../support/fake-logger.js';
import { SimulatedClock } from '../../support/simulated-clock.js';

const MESSAGE = { seq: 1 } as JsMsg;

/** A pull consumer whose client hands out what it is given, and nothing else, until it is closed. */
class StillConsumer {
  pending = 0;
  asked = 0;
  #given: JsMsg[] = [];
  #isClosed = false;
  #wake: () => void = () => undefined;

  give(message: JsMsg): void {
    this.#given.push(message);
    this.#wake();
  }

  async consume(): Promise<ConsumerMessages> {
    return Object.assign(this.#messages(), { close: () => this.#close() }) as never;
  }

  async info(): ReturnType<Consumer['info']> {
    this.asked++;
    return { num_pending: this.pending } as never;
  }

  async *#messages(): AsyncGenerator<JsMsg> {
    while (!this.#isClosed) {
      const message = this.#given.shift();
      if (message !== undefined) yield message;
      else await new Promise<void>((wake) => (this.#wake = wake));
    }
  }

  #close(): void {
    this.#isClosed = true;
    this.#wake();
  }
}

function start() {
  const consumer = new StillConsumer();
  const clock = new SimulatedClock();
  const log = new FakeLogger();
  const stopping = new AbortController();
  const parts = { clock, log, signal: stopping.signal };
  return { consumer, clock, log, stopping, messages: consume(consumer, {}, parts) };
}

async function pass(clock: SimulatedClock, ms: number): Promise<void> {
  clock.advance(ms);
  await new Promise((done) => setImmediate(done));
}

describe('consume', () => {
  it('ends where nothing comes though the log has more', async () => {
    const { consumer, clock, log, messages } = start();
    consumer.give(MESSAGE);
    expect((await messages.next()).value).to.equal(MESSAGE);
    const next = messages.next();
    consumer.pending = 3;
    await pass(clock, 5_000);
    expect(consumer.asked, 'while something came lately').to.equal(0);
    await pass(clock, 5_000);
    expect((await next).done).to.equal(true);
    expect(log.lines.map(({ level }) => level)).to.deep.equal(['warn']);
  });

  it('waits where there is nothing', async () => {
    const { consumer, clock, messages } = start();
    const next = messages.next();
    await pass(clock, 5_000);
    for (let i = 0; i < 5; i++) await pass(clock, 5_000);
    expect(consumer.asked).to.be.greaterThan(3);
    consumer.give(MESSAGE);
    expect((await next).value).to.equal(MESSAGE);
  });

  it('leaves alone whoever does not take the next message', async () => {
    const { consumer, clock, messages } = start();
    consumer.give(MESSAGE);
    await messages.next();
    consumer.pending = 3;
    for (let i = 0; i < 5; i++) await pass(clock, 5_000);
    expect(consumer.asked).to.equal(0);
  });

  it('ends when it is told to, and asks no more', async () => {
    const { consumer, clock, stopping, messages } = start();
    const next = messages.next();
    await pass(clock, 1);
    stopping.abort();
    expect((await next).done).to.equal(true);
    const { asked } = consumer;
    await pass(clock, 30_000);
    expect(consumer.asked).to.equal(asked);
  });
});
