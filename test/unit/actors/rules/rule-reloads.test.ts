import { expect } from 'chai';
import { RuleReloads } from '../../../../src/actors/rules/rule-reloads.js';
import { storageRules } from '../../../../src/storage/storage-rules.js';
import { FakeLogger } from '../../../support/fake-logger.js';
import { SimulatedClock } from '../../../support/simulated-clock.js';

const INTERVAL_MS = 60_000;

function start() {
  const file = { text: '[all]\npattern = .*\nretentions = 10s:1h\n' };
  const rules = storageRules('config', (path) =>
    path.endsWith('schemas.conf') ? file.text : undefined,
  );
  const clock = new SimulatedClock();
  const log = new FakeLogger();
  const reloads = new RuleReloads({
    what: 'the storage rules',
    rules,
    clock,
    log,
    intervalMs: INTERVAL_MS,
  });
  const step = (): number => rules.current.match('a').archives[0].secondsPerPoint;
  return { file, clock, log, reloads, step };
}

describe('RuleReloads', () => {
  it('takes an edit at the next interval, and says what changed', () => {
    const { file, clock, log, step } = start();
    file.text = file.text.replace('10s', '20s');
    clock.advance(INTERVAL_MS - 1);
    expect(step()).to.equal(10);
    clock.advance(1);
    expect(step()).to.equal(20);
    clock.advance(3 * INTERVAL_MS);
    expect(log.lines).to.have.length(1);
    expect(log.lines[0]).to.deep.include({
      level: 'info',
      fields: {
        schemas: { added: [], removed: [], changed: ['all'], isReordered: false },
      },
    });
  });

  it('takes an edit at once when it is told to look', () => {
    const { file, reloads, step } = start();
    file.text = file.text.replace('10s', '20s');
    expect(reloads.check().type).to.equal('changed');
    expect(step()).to.equal(20);
  });

  it('refuses a broken edit, says so once, and counts it once', () => {
    const { file, clock, log, reloads, step } = start();
    const good = file.text;
    file.text = '[all]\npattern = .*\nretentions = nonsense\n';
    clock.advance(5 * INTERVAL_MS);
    expect(step()).to.equal(10);
    expect(reloads.errors).to.equal(1);
    expect(log.lines).to.have.length(1);
    expect(log.lines[0].level).to.equal('error');
    expect(JSON.stringify(log.lines[0].fields)).to.include('config/storage-schemas.conf:3: ');

    file.text = '[all]\npattern = .*\nretentions = other nonsense\n';
    clock.advance(INTERVAL_MS);
    expect(reloads.errors).to.equal(2);
    file.text = good.replace('10s', '20s');
    clock.advance(INTERVAL_MS);
    expect(step()).to.equal(20);
  });

  it('looks no more when it is stopped', () => {
    const { file, clock, reloads, step } = start();
    reloads.stop();
    file.text = file.text.replace('10s', '20s');
    clock.advance(2 * INTERVAL_MS);
    expect(step()).to.equal(10);
  });
});
