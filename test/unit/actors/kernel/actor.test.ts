import { expect } from 'chai';
import { Actor } from '../../../../src/actors/kernel/actor.js';
import { settled, watch } from '../../../support/fake-time.js';
import { SimulatedClock } from '../../../support/simulated-clock.js';

interface Message {
  text: string;
  reply?: (value: string) => void;
  fail?: (error: unknown) => void;
}

function start(
  receive: (message: Message, actor: Actor<Message>) => void | Promise<void>,
  capacity = 2,
) {
  const failures: unknown[] = [];
  const actor: Actor<Message> = new Actor({
    name: 'tested',
    behaviour: { receive: (message) => receive(message, actor) },
    clock: new SimulatedClock(),
    capacity,
    failed: (error) => failures.push(error),
  });
  const ask = (text: string) => watch(actor.ask<string>((reply, fail) => ({ text, reply, fail })));
  return { actor, failures, ask };
}

/** A behaviour that stops in the middle of each message until it is told to go on. */
function gated() {
  const begun: string[] = [];
  const ended: string[] = [];
  const gates: (() => void)[] = [];
  return {
    begun,
    ended,
    go: () => gates.shift()?.(),
    receive: async ({ text, reply }: Message): Promise<void> => {
      begun.push(text);
      await new Promise<void>((resolve) => gates.push(resolve));
      ended.push(text);
      reply?.(text);
    },
  };
}

describe('Actor', () => {
  it('handles one message at a time, in order', async () => {
    const gate = gated();
    const { actor } = start(gate.receive, 10);
    for (const text of ['a', 'b', 'c']) await actor.send({ text });
    await settled();
    expect(gate.begun).to.deep.equal(['a']);
    gate.go();
    await settled();
    expect(gate.begun).to.deep.equal(['a', 'b']);
    expect(gate.ended).to.deep.equal(['a']);
  });

  it('makes senders wait while its mailbox is full, and takes them in order', async () => {
    const gate = gated();
    const { actor } = start(gate.receive, 2);
    const sent = ['a', 'b', 'c', 'd', 'e', 'f'].map((text) => watch(actor.send({ text })));
    await settled();
    expect(sent.map((one) => one.state)).to.deep.equal([
      ...['resolved', 'resolved', 'resolved'],
      ...['pending', 'pending', 'pending'],
    ]);
    gate.go();
    await settled();
    expect(sent[3].state).to.equal('resolved');
    expect(sent[4].state).to.equal('pending');
    for (let i = 0; i < 6; i++) {
      gate.go();
      await settled();
    }
    expect(gate.ended).to.deep.equal(['a', 'b', 'c', 'd', 'e', 'f']);
  });

  it('does not let a sender overtake those that wait', async () => {
    const gate = gated();
    const { actor } = start(gate.receive, 1);
    for (const text of ['a', 'b', 'c', 'd']) void actor.send({ text });
    await settled();
    gate.go();
    // As soon as there is room, and before those who wait could be told of it.
    await Promise.resolve();
    await Promise.resolve();
    void actor.send({ text: 'late' });
    for (let i = 0; i < 6; i++) {
      await settled();
      gate.go();
    }
    expect(gate.ended).to.deep.equal(['a', 'b', 'c', 'd', 'late']);
  });

  it('lets others have a turn while messages keep coming', async () => {
    let turns = 0;
    const clock = new SimulatedClock();
    clock.yieldNow = async () => void turns++;
    const actor = new Actor<number>({
      name: 'busy',
      behaviour: { receive: () => undefined },
      clock,
      capacity: 100,
      failed: () => undefined,
    });
    for (let i = 0; i < 64; i++) void actor.send(i);
    await settled();
    expect(turns).to.be.greaterThan(2);
  });

  for (const [how, crash] of [
    [
      'throws',
      (): void => {
        throw new Error('a bug');
      },
    ],
    [
      'rejects',
      async (): Promise<void> => {
        throw new Error('a bug');
      },
    ],
  ] as const) {
    it(`stops when its behaviour ${how}, and tells its supervisor once`, async () => {
      const handled: string[] = [];
      const { actor, failures } = start((message) => {
        handled.push(message.text);
        if (message.text === 'bad') return crash();
      }, 10);
      for (const text of ['good', 'bad', 'after']) void actor.send({ text }).catch(() => undefined);
      await settled();
      const later = watch(actor.send({ text: 'later' }));
      await settled();
      expect(handled).to.deep.equal(['good', 'bad']);
      expect(failures.map(String)).to.deep.equal(['Error: a bug']);
      expect([later.state, later.error?.code]).to.deep.equal(['rejected', 'ACTOR_STOPPED']);
    });
  }

  it('answers those who ask, and passes on a failure to them alone', async () => {
    const { ask, failures } = start(({ text, reply, fail }) => {
      if (text === 'bad') fail?.(new Error('no'));
      else reply?.(`${text}!`);
    });
    const [good, bad] = [ask('good'), ask('bad')];
    await settled();
    expect([good.state, good.value]).to.deep.equal(['resolved', 'good!']);
    expect([bad.state, bad.error?.message]).to.deep.equal(['rejected', 'no']);
    expect(failures).to.deep.equal([]);
  });

  it('refuses who asks after it has stopped', async () => {
    const { actor, ask } = start(() => undefined);
    actor.stop();
    const asked = ask('late');
    await settled();
    expect(asked.error?.code).to.equal('ACTOR_STOPPED');
  });

  it('refuses every question it has not answered when it stops', async () => {
    const gate = gated();
    const { actor, ask } = start(gate.receive, 2);
    const asked = ['in hand', 'in the mailbox', 'there too', 'waiting for room'].map(ask);
    const sent = watch(actor.send({ text: 'waiting as well' }));
    await settled();
    expect(asked.map((one) => one.state)).to.deep.equal(Array(4).fill('pending'));
    actor.stop();
    await settled();
    expect(asked.map((one) => one.error?.code)).to.deep.equal(Array(4).fill('ACTOR_STOPPED'));
    expect(sent.error?.code).to.equal('ACTOR_STOPPED');
  });

  it('refuses every question it has not answered when it crashes', async () => {
    const { ask } = start(async ({ text }) => {
      await settled();
      if (text === 'bad') throw new Error('a bug');
    }, 10);
    const asked = [ask('bad'), ask('behind it')];
    await settled();
    await settled();
    expect(asked.map((one) => one.error?.code)).to.deep.equal(Array(2).fill('ACTOR_STOPPED'));
  });

  it('handles nothing more once it was stopped, not even what it had', async () => {
    const gate = gated();
    const { actor, failures } = start(gate.receive, 10);
    for (const text of ['a', 'b']) void actor.send({ text });
    await settled();
    actor.stop();
    gate.go();
    await settled();
    expect(gate.begun).to.deep.equal(['a']);
    expect(failures).to.deep.equal([]);
  });

  it('may send to itself', async () => {
    const handled: string[] = [];
    const { actor } = start(({ text }, self) => {
      handled.push(text);
      if (text.length < 4) void self.send({ text: `${text}a` });
    });
    void actor.send({ text: 'a' });
    await settled();
    expect(handled).to.deep.equal(['a', 'aa', 'aaa', 'aaaa']);
  });
});
