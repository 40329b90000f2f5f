import { expect } from 'chai';
import { limited } from '../../../src/edge/limited-work.js';
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
