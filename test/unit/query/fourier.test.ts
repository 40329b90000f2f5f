import { expect } from 'chai';
import { type Complex, fourier, inverseFourier } from '../../../src/query/fourier.js';

function byDefinition({ re, im }: Complex): Complex {
  const result = { re: re.map(() => 0), im: re.map(() => 0) };
  for (let k = 0; k < re.length; k++)
    for (let i = 0; i < re.length; i++) {
      const angle = (-2 * Math.PI * ((i * k) % re.length)) / re.length;
      result.re[k] += re[i] * Math.cos(angle) - im[i] * Math.sin(angle);
      result.im[k] += re[i] * Math.sin(angle) + im[i] * Math.cos(angle);
    }
  return result;
}

function expectNear(found: Complex, expected: Complex): void {
  expect(found.re.length).to.equal(expected.re.length);
  for (const part of ['re', 'im'] as const)
    found[part].forEach((value, i) => {
      expect(value, `${part} ${i}`).to.be.closeTo(expected[part][i], 1e-9);
    });
}

describe('fourier', () => {
  for (const length of [0, 1, 2, 3, 7, 8, 30, 64, 97])
    it(`transforms ${length} values, and back`, () => {
      const re = new Float64Array(length).map((_, i) => (i * i * 31) % 17);
      const im = new Float64Array(length).map((_, i) => (i * 13) % 5);
      const transformed = fourier({ re, im });
      expectNear(transformed, byDefinition({ re, im }));
      expectNear(inverseFourier(transformed), { re, im });
    });
});
