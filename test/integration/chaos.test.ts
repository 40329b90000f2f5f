import { expect } from 'chai';
import { ChaosRun } from '../chaos/chaos-run.js';
import { reportText } from '../chaos/report.js';
import { requireNatsServer } from '../support/nats-server.js';
import { seedOf } from '../support/random.js';

/** `npm run chaos` is the long run, with 50,000 metrics for ten minutes. */
const SECONDS = Number(process.env.CHAOS_SECONDS ?? 60);
const METRICS = 8_000;
const STEP_S = 2;
const LONGEST_FAULT_MS = 6_000;
const FAULT_EVERY_MS = [1_200, 3_800] as const;

describe('a cluster to which all kinds of things happen', function () {
  this.timeout(400_000);
  let chaos: ChaosRun | undefined;

  before(async function () {
    await requireNatsServer(this);
  });

  after(() => chaos?.remove());

  it(`has every accepted point on all replicas after ${SECONDS} s with ${METRICS} metrics`, async () => {
    const lines: string[] = [];
    chaos = await ChaosRun.start({
      seed: seedOf('CHAOS_SEED'),
      seconds: SECONDS,
      metrics: METRICS,
      stepS: STEP_S,
      longestFaultMs: LONGEST_FAULT_MS,
      faultEveryMs: FAULT_EVERY_MS,
      print: (line) => lines.push(line),
    });
    const report = await chaos.run().catch((error) => {
      console.log(lines.join('\n'));
      throw error;
    });
    if (report.problems.length > 0) console.log(lines.join('\n'));
    console.log(reportText(report).replace(/^/gm, '  '));
    expect(report.problems, `CHAOS_SEED=${report.seed}`).to.deep.equal([]);
    expect(report.acknowledged).to.be.greaterThan(0);
    expect(report.files.count).to.equal(2 * METRICS);
  });
});
