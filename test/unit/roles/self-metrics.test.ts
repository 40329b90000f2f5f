import { expect } from 'chai';
import { startSelfMetrics } from '../../../src/roles/self-metrics.js';
import { composed } from '../../support/composed.js';
import { FakeLogWriter } from '../../support/fake-log-writer.js';
import { pass } from '../../support/fake-time.js';
import { SimulatedClock } from '../../support/simulated-clock.js';

describe('self-metrics of a process', () => {
  it('have message ids of their own after each start, so that no report is taken for an old one', async () => {
    const log = new FakeLogWriter();
    for (let start = 0; start < 3; start++) {
      const clock = new SimulatedClock();
      const metrics = startSelfMetrics(composed('api1', { log, clock }), 'api', () => ({ start }));
      await pass(clock, 60_000, 10_000);
      metrics.stop();
    }
    const reports = log.stored.map(({ bytes }) => Buffer.from(bytes).toString());
    expect(reports).to.have.length(3);
    for (const [start, text] of reports.entries())
      expect(text).to.match(new RegExp(`^carbon\\.api\\.\\S+-api1\\.start ${start} \\d+\n`));
  });
});
