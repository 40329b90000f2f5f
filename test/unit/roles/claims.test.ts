import { expect } from 'chai';
import type { CarbonbusError } from '../../../src/errors.js';
import { nameSubject } from '../../../src/protocols/subjects.js';
import { type Claimant, claimFolder, claimName } from '../../../src/roles/claims.js';
import { FakeBus } from '../../support/fake-bus.js';
import { FakeLogger } from '../../support/fake-logger.js';
import { pass } from '../../support/fake-time.js';
import { SimulatedClock } from '../../support/simulated-clock.js';

const SUBJECT = nameSubject('node', 'node1');

function scene() {
  const clock = new SimulatedClock();
  const bus = new FakeBus(clock);
  const logger = new FakeLogger();
  const claimant: Claimant = { role: 'node', name: 'node1', clock, logger };
  return { clock, bus, logger, claimant };
}

/** What a claim comes to: `undefined` while it waits. */
function outcomeOf(claim: Promise<void>): () => string | undefined {
  let outcome: string | undefined;
  claim.then(
    () => {
      outcome = 'claimed';
    },
    (error) => {
      outcome = (error as CarbonbusError).code;
    },
  );
  return () => outcome;
}

describe('claimName', () => {
  it('has a name that nobody has, and answers for it', async () => {
    const { claimant, bus } = scene();
    await claimName(claimant, bus);
    const answer = await bus.request(SUBJECT, new Uint8Array(0), 1_000);
    expect(Buffer.from(answer).toString()).to.match(new RegExp(`^process ${process.pid} on .`));
  });

  it('is refused while another process answers for the name, which is told of', async () => {
    const { claimant, bus, clock, logger } = scene();
    await claimName(claimant, bus);
    const second = claimName(claimant, bus);
    const outcome = outcomeOf(second);
    await pass(clock, 9_000);
    expect(outcome()).to.equal(undefined);
    expect(logger.texts('warn')).to.have.length(1);
    await pass(clock, 2_000);
    expect(outcome()).to.equal('NAME_IN_USE');
    await second.catch(({ message }) =>
      expect(message).to.match(/there is a node node1 already, process \d+ on .*--name/),
    );
  });

  it('waits for one that stops', async () => {
    const { claimant, bus, clock } = scene();
    const leave = bus.serve(SUBJECT, async () => Buffer.from('process 7 on elsewhere'));
    const outcome = outcomeOf(claimName(claimant, bus));
    await pass(clock, 5_000);
    leave();
    await pass(clock, 1_000);
    expect(outcome()).to.equal('claimed');
  });

  it('is kept from starting by nobody who does not answer', async () => {
    const { claimant, bus, clock } = scene();
    bus.silent.add(SUBJECT);
    const outcome = outcomeOf(claimName(claimant, bus));
    await pass(clock, 1_500);
    expect(outcome()).to.equal('claimed');
  });
});

describe('claimFolder', () => {
  it('is refused while another one has the folder, by whatever name', async () => {
    const folder = `/data/${process.pid}/node1`;
    const { claimant, clock } = scene();
    await claimFolder(claimant, folder, (path) => path);
    const second = claimFolder({ ...claimant, name: 'other' }, folder, (path) => path);
    const outcome = outcomeOf(second);
    // The lock is the system's: each look at it takes a moment of the real time.
    while (outcome() === undefined) {
      await new Promise((resolve) => setImmediate(resolve));
      await pass(clock, 250);
    }
    await second.catch((error: CarbonbusError) => {
      expect(error.code).to.equal('FOLDER_IN_USE');
      const told = `${folder} is in use by node node1, process ${process.pid}: stop it`;
      expect(error.message).to.include(told).and.to.include('LOCAL_DATA_DIR');
    });
  });

  it('says of a disk that refuses even that, and goes on', async () => {
    const { claimant, logger } = scene();
    await claimFolder(claimant, '/data/bad/node1', () => {
      throw new Error('EIO: i/o error');
    });
    expect(logger.texts('warn')).to.have.length(1);
  });
});
