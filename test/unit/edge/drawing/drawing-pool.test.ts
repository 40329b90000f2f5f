import { expect } from 'chai';
import type { Drawing } from '../../../../src/edge/drawing/drawing.js';
import { DrawingPool } from '../../../../src/edge/drawing/drawing-pool.js';
import { errorCode, errorText } from '../../../../src/errors.js';

describe('DrawingPool', function () {
  this.timeout(15_000);

  it('says why there is no drawing where its threads cannot start, each time', async () => {
    const pool = new DrawingPool(new URL('no-such-program.js', import.meta.url));
    for (let tries = 0; tries < 2; tries++) {
      const signal = new AbortController().signal;
      const failure = await pool.draw({} as Drawing, signal).then(
        () => undefined,
        (error) => error,
      );
      expect(errorCode(failure)).to.equal('DRAWING_FAILED');
      expect(errorText(failure)).to.match(/Cannot find module .*no-such-program/);
    }
    await pool.close();
  });
});
