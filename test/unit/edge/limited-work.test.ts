import { expect } from 'chai';
import { limited, within } from '../../../src/edge/limited-work.js';
import { errorCode } from '../../../src/errors.js';

describe('limited', () => {
  it('gives what the work gives, and its errors', () => {
    expect(limited(() => limited(() => 5, 1000) + 1, 1000)).to.equal(6);
    const thrown = new TypeError('mine');
    expect(() =>
      limited(() => {
        throw thrown;
      }, 1000),
    ).to.throw(thrown);
  });

  it('runs work again that had no processor for the time', () => {
    let runs = 0;
    const cell = new Int32Array(new SharedArrayBuffer(4));
    const waitsFor = (times: number) => (): number => {
      if (++runs <= times) Atomics.wait(cell, 0, 0, 5_000);
      return runs;
    };
    expect(limited(waitsFor(2), 200)).to.equal(3);
    runs = 0;
    expect(() => limited(waitsFor(9), 200)).to.throw('took longer than 200 ms');
    expect(runs, 'runs in all').to.equal(3);
    runs = 0;
    expect(() => within(waitsFor(1), 200)).to.throw('took longer than 200 ms');
  });

  it('ends a regular expression that would take for ever, and does not try again', () => {
    let runs = 0;
    const endless = () => ++runs > 0 && /^(a+)+$/.test(`${'a'.repeat(60)}!`);
    expect(() => limited(endless, 400))
      .to.throw()
      .that.satisfies((error: unknown) => {
        return errorCode(error) === 'TOOK_TOO_LONG';
      });
    expect(runs).to.equal(1);
    expect(limited(() => 'still here', 1000)).to.equal('still here');
  });
});
