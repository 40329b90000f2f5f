import { expect } from 'chai';
import { LongWorkPace } from '../../../../src/actors/query/long-work-pace.js';
import { NodeParts } from '../../../../src/actors/query/node-parts.js';
import { settled } from '../../../support/fake-time.js';
import { SimulatedClock } from '../../../support/simulated-clock.js';

/** Requests that nodes have not answered yet, oldest first. */
interface Open {
  readonly names: readonly string[];
  answer(): void;
  fail(): void;
}

const NAMES = Array.from({ length: 2_000 }, (_, i) => `m${i}`);
const ALL = NAMES.map((_, i) => i);

describe('NodeParts', () => {
  let clock: SimulatedClock;
  let parts: NodeParts;
  let open: Open[];
  let isWanted: boolean;

  beforeEach(() => {
    clock = new SimulatedClock();
    parts = new NodeParts(clock, new LongWorkPace(clock), 2);
    open = [];
    isWanted = true;
  });

  /** Asks about the names at some places; each takes so many bytes. */
  function ask(places: readonly number[], bytes = 8_000): Promise<string[][]> {
    return parts.ask(
      NAMES,
      places,
      {
        ask: (names) =>
          new Promise((resolve, reject) => {
            open.push({ names, answer: () => resolve(names), fail: () => reject(new Error('no')) });
          }),
        bytesOf: (names) => names.length * bytes,
      },
      { made: () => undefined, isWanted: () => isWanted },
    );
  }

  async function answerAll(): Promise<number[]> {
    const sizes: number[] = [];
    for (; open.length > 0; await settled()) {
      sizes.push(open[0].names.length);
      open.shift()?.answer();
    }
    return sizes;
  }

  it('asks for as many names at a time as make a reply of a good size', async () => {
    const many = ask(ALL);
    await settled();
    const sizes = await answerAll();
    expect((await many).flat()).to.have.members(NAMES);
    expect(sizes.slice(0, 2)).to.deep.equal([64, 64]);
    expect(new Set(sizes.slice(2, -1))).to.deep.equal(new Set([51]));
    const few = ask(ALL, 8);
    await settled();
    expect(Math.max(...(await answerAll()))).to.equal(500);
    expect((await few).flat()).to.have.members(NAMES);
  });

  it('has two requests for many names at a time, in turns, and any number for few', async () => {
    const answers = [ask(ALL), ask(ALL)];
    await settled();
    expect(open).to.have.length(2);
    const few = [ask([1]), ask([2, 3])];
    await settled();
    expect(open.map(({ names }) => names.length)).to.deep.equal([64, 64, 1, 2]);
    open[0].answer();
    await settled();
    expect(open).to.have.length(5);
    open.shift();
    await answerAll();
    for (const answer of await Promise.all(answers)) expect(answer.flat()).to.have.length(2_000);
    expect((await Promise.all(few)).flat(2)).to.deep.equal(['m1', 'm2', 'm3']);
  });

  it('rests for twice as long as a part took while others ask short questions', async () => {
    const many = ask(ALL);
    await settled();
    const few = ask([1]);
    await settled();
    open.splice(2, 1)[0].answer();
    await few;
    clock.advance(10);
    open.shift()?.answer();
    await settled();
    clock.advance(19);
    await settled();
    expect(open).to.have.length(1);
    clock.advance(1);
    await settled();
    expect(open.map(({ names }) => names.length)).to.deep.equal([64, 51]);
    clock.advance(1_000);
    await settled();
    expect((await answerAll()).slice(0, 3)).to.deep.equal([64, 51, 51]);
    expect((await many).flat()).to.have.members(NAMES);
  });

  it('waits for a part that takes long, and lets others go on meanwhile', async () => {
    const answers = [ask(ALL), ask(ALL)];
    await settled();
    clock.advance(249);
    await settled();
    expect(open).to.have.length(2);
    clock.advance(1);
    await settled();
    expect(open).to.have.length(4);
    await answerAll();
    for (const answer of await Promise.all(answers)) expect(answer.flat()).to.have.members(NAMES);
  });

  it('asks no further after a failure, nor when nobody wants the rest', async () => {
    const failing = ask(ALL).catch((error) => error.message);
    await settled();
    open.shift()?.fail();
    expect(await failing).to.equal('no');
    expect(await answerAll()).to.deep.equal([64]);
    const unwanted = ask(ALL);
    await settled();
    isWanted = false;
    expect(await answerAll()).to.deep.equal([64, 64]);
    expect(await unwanted).to.have.length(2);
  });
});
