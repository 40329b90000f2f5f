import { expect } from 'chai';
import fc from 'fast-check';
import { SLOTS_MAX, SlotKernel } from '../../../../src/protocols/kernel/slot-kernel.js';

const kernel = new SlotKernel();

/** Puts slots into the kernel as a file has them. */
function load(slots: readonly (readonly [number, number])[]): void {
  const view = new DataView(kernel.slots.buffer, kernel.slots.byteOffset);
  slots.forEach(([timestamp, value], i) => {
    view.setUint32(i * 12, timestamp);
    view.setFloat64(i * 12 + 4, value);
  });
}

describe('SlotKernel', () => {
  it('gives the values of the slots that have the times asked for, bit by bit, and no others', () => {
    const value = fc.double({ noNaN: true });
    const slot = fc.tuple(value, fc.constantFrom(0, 0, 0, 0, 1, -1, 86_400));
    const times = fc.tuple(
      fc.integer({ min: 0, max: 2 ** 32 - 1 }),
      fc.constantFrom(1, 10, 60, 86_400),
    );
    fc.assert(
      fc.property(fc.array(slot, { maxLength: 40 }), times, (slots, [timeS, stepS]) => {
        load(slots.map(([stored, late], i) => [(timeS + i * stepS + late) >>> 0, stored]));
        const wanted = slots.map(([stored, late]) => (late === 0 ? stored : Number.NaN));
        expect([...kernel.values(slots.length, timeS, stepS)]).to.deep.equal(wanted);
      }),
      { numRuns: 1000 },
    );
  });

  it('counts and adds up the values of each window, in their order', () => {
    const slot = fc.tuple(fc.double(), fc.constantFrom(0, 0, 0, 1, -60));
    const windows = fc.integer({ min: 1, max: 6 }).chain((slots) => {
      const window = fc.array(slot, { minLength: slots, maxLength: slots });
      return fc.array(window, { minLength: 1, maxLength: 8 });
    });
    const fromS = 1_700_000_400;
    fc.assert(
      fc.property(windows, (all) => {
        load(all.flat().map(([stored, late], i) => [fromS + i * 10 + late, stored]));
        const known = all.map((window) => window.filter(([, late]) => late === 0));
        kernel.sumUp(all.length, all[0].length, fromS, 10);
        const counts = known.map((window) => window.length);
        expect([...kernel.known.subarray(0, all.length)]).to.deep.equal(counts);
        const sums = known.map((window) => window.reduce((sum, [stored]) => sum + stored, 0));
        expect([...kernel.sums.subarray(0, all.length)]).to.deep.equal(sums);
      }),
      { numRuns: 1000 },
    );
  });

  it('takes as many slots as there is room for', () => {
    const slots = Array.from({ length: SLOTS_MAX }, (_, i) => [1_700_000_000 + i, i / 3] as const);
    load(slots);
    const values = kernel.values(SLOTS_MAX, 1_700_000_000, 1);
    expect([...values]).to.deep.equal(slots.map(([, stored]) => stored));
    expect(kernel.values(0, 0, 1)).to.have.length(0);
  });
});
