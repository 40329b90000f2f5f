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
    const waitsAtFirst = (): number => {
      const cell = new Int32Array(new SharedArrayBuffer(4));
      if (++runs === 1) Atomics.wait(cell, 0, 0, 5_000);
      return runs;
    };
    expect(limited(waitsAtFirst, 50)).to.equal(2);
    runs = 0;
    expect(() => within(waitsAtFirst, 50)).to.throw('took longer than 50 ms');
  });

  it('ends a regular expression that would take for ever', () => {
    const endless = () => /^(a+)+$/.test(`${'a'.repeat(60)}!`);
    expect(() => limited(endless, 20))
      .to.throw()
      .that.satisfies((error: unknown) => {
        return errorCode(error) === 'TOOK_TOO_LONG';
      });
    expect(limited(() => 'still here', 1000)).to.equal('still here');
  });
});
