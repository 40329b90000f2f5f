import { expect } from 'chai';
import { LogLooks } from '../../../../src/actors/logs/log-looks.js';

/** Which of so many looks were due, for a log that ends there. */
function due(looks: LogLooks, times: number, end: number): boolean[] {
  return Array.from({ length: times }, () => {
    const isDue = looks.isDue(0);
    if (isDue) looks.found(end);
    return isDue;
  });
}

describe('looks at the end of a log', () => {
  it('are left out where the last one found what the one before it did', () => {
    const [YES, NO] = [true, false];
    const expected = [YES, YES, NO, NO, NO, NO, YES, NO];
    expect(due(new LogLooks(), 8, 10)).to.deep.equal(expected);
  });

  it('are due again as soon as a message comes, or the log has grown', () => {
    const looks = new LogLooks();
    due(looks, 4, 10);
    looks.moved();
    expect(due(looks, 2, 11)).to.deep.equal([true, true]);
    due(looks, 4, 11);
    expect(due(looks, 3, 12)).to.deep.equal([true, true, false]);
  });

  it('are due again once the connection was lost, as the log may be another one', () => {
    const looks = new LogLooks();
    due(looks, 4, 10);
    expect([looks.isDue(0), looks.isDue(1)]).to.deep.equal([false, true]);
  });

  it('are due while nobody has answered', () => {
    const looks = new LogLooks();
    expect([looks.isDue(0), looks.isDue(0), looks.isDue(0)]).to.deep.equal([true, true, true]);
  });
});
