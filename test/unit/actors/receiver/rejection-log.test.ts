import { expect } from 'chai';
import { RejectionLog } from '../../../../src/actors/receiver/rejection-log.js';
import { RejectionCounts } from '../../../../src/protocols/rejection.js';
import { FakeLogger } from '../../../support/fake-logger.js';
import { SimulatedClock } from '../../../support/simulated-clock.js';

function start() {
  const clock = new SimulatedClock(5_000);
  const log = new RejectionLog(new FakeLogger(), clock);
  const refuse = (bytes: Uint8Array): void => log.reject('malformed-line', bytes, 0, bytes.length);
  return { clock, log, refuse };
}

describe('RejectionLog', () => {
  it('keeps the last thousand, the newest first', () => {
    const { clock, log, refuse } = start();
    for (let i = 0; i < 1_500; i++) {
      refuse(Buffer.from(`line ${i}`));
      clock.advance(1);
    }
    const recent = log.recent();
    expect(recent).to.have.length(1_000);
    expect([recent[0].text, recent[999].text]).to.deep.equal(['line 1499', 'line 500']);
    expect(recent[0]).to.include({ timeMs: 6_499, reason: 'malformed-line', peer: '' });
    expect(log.recent(2).map((one) => one.text)).to.deep.equal(['line 1499', 'line 1498']);
    expect(log.counts.total).to.equal(1_500);
  });

  it('copies what it keeps, and only so much', () => {
    const { log, refuse } = start();
    const bytes = Buffer.alloc(1_000, 'a');
    refuse(bytes);
    bytes.fill('b');
    expect(log.recent()[0].text).to.equal(`${'a'.repeat(200)}... (800 more)`);
  });

  it('shows nothing that a terminal or a page would act on', () => {
    const { log, refuse } = start();
    refuse(Buffer.from('a\x1b[31m\0\\é\n', 'utf8'));
    expect(log.recent()[0].text).to.equal('a\\x1b[31m\\x00\\\\\\xc3\\xa9\\x0a');
  });

  it('names the sender, and tells the sender', () => {
    const { log, refuse } = start();
    const rejected = new RejectionCounts();
    log.sender = { address: '::1', port: 9, rejected };
    refuse(Buffer.from('x'));
    log.sender = undefined;
    refuse(Buffer.from('y'));
    expect(log.recent().map((one) => one.peer)).to.deep.equal(['', '::1:9']);
    expect(rejected.total).to.equal(1);
  });
});
