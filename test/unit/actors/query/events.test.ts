import { expect } from 'chai';
import { Events } from '../../../../src/actors/query/events.js';
import { FakeLogReader } from '../../../support/fake-log-reader.js';
import { FakeLogWriter } from '../../../support/fake-log-writer.js';
import { FakeLogger } from '../../../support/fake-logger.js';
import { settled } from '../../../support/fake-time.js';
import { SimulatedClock } from '../../../support/simulated-clock.js';

describe('Events', () => {
  it('are read again when their stream has lost its end, with those that came since', async () => {
    const reader = new FakeLogReader();
    const events = new Events({
      reader,
      writer: new FakeLogWriter(),
      ...{ clock: new SimulatedClock(), log: new FakeLogger(), name: 'api1' },
    });
    const add = (...names: string[]): void => {
      for (const what of names) reader.append(Buffer.from(JSON.stringify({ what, when: 1 })));
    };
    const found = (): string[] => events.find({}).map(({ what }) => what);
    add('a', 'b', 'c');
    events.start();
    await settled();
    expect(found()).to.deep.equal(['a', 'b', 'c']);
    reader.cutBack(1);
    add('d', 'e', 'f');
    await settled();
    expect(found()).to.deep.equal(['a', 'd', 'e', 'f']);
    events.stop();
  });
});
