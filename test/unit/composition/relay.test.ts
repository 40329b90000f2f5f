import { expect } from 'chai';
import { RELAY } from '../../../src/composition/tokens.js';
import { composed } from '../../support/composed.js';
import { FakeLogWriter } from '../../support/fake-log-writer.js';
import { blockOf } from '../../support/fake-points.js';
import { pass } from '../../support/fake-time.js';
import { SimulatedClock } from '../../support/simulated-clock.js';

describe('a relay that is composed', () => {
  it('has message ids of its own after each start, so that no log takes its points for old ones', async () => {
    const log = new FakeLogWriter();
    for (let start = 0; start < 3; start++) {
      const clock = new SimulatedClock();
      const relay = composed('relay1', { log, clock }).resolve(RELAY);
      relay.accept(blockOf([['same.name', 1_700_000_000 + start, start]]));
      await pass(clock, 200);
      expect(relay.pendingPoints).to.equal(0);
    }
    expect(log.allPoints.map(([, , value]) => value)).to.deep.equal([0, 1, 2]);
    for (const { id } of log.stored) expect(id).to.match(/^relay1:[0-9a-f-]{36}:\d+:0$/);
  });
});
