import { expect } from 'chai';
import fc from 'fast-check';
import { renderJson, renderJsonParts } from '../../../src/query/json.js';
import { pythonFloat } from '../../../src/query/python-float.js';
import { type TimeSeries, timeSeries } from '../../../src/query/time-series.js';

const _ = Number.NaN;

function series(name: string, startS: number, stepS: number, values: number[]): TimeSeries {
  const endS = startS + stepS * values.length;
  return timeSeries({ name, startS, endS, stepS, values: Float64Array.from(values) });
}

function points(json: Buffer): [number | null, number][] {
  return JSON.parse(`${json}`)[0].datapoints;
}

describe('renderJson', () => {
  it('writes the text of graphite-web', () => {
    const all = [
      series('a.b', 1700000000, 60, [1, _, -2.5, 0.125, 1e300, -0, 1e-5, 12345.678]),
      series('cpu;dc=x;host=y', 0, 1, []),
    ];
    expect(`${renderJson(all)}`).to.equal(
      '[{"target": "a.b", "tags": {"name": "a.b"}, "datapoints": [[1.0, 1700000000], ' +
        '[null, 1700000060], [-2.5, 1700000120], [0.125, 1700000180], [1e+300, 1700000240], ' +
        '[-0.0, 1700000300], [1e-05, 1700000360], [12345.678, 1700000420]]}, ' +
        '{"target": "cpu;dc=x;host=y", "tags": {"dc": "x", "host": "y", "name": "cpu"}, ' +
        '"datapoints": []}]',
    );
    expect(`${renderJson([])}`).to.equal('[]');
    expect(`${renderJson(all.slice(1))}`, 'only empty ones').to.equal('[]');
  });

  it('writes the same in parts', () => {
    const values = (count: number, first: number) =>
      Array.from({ length: count }, (_each, i) => (i % 7 === 0 ? _ : first + i / 8));
    const all = [
      ...Array.from({ length: 400 }, (_each, i) => series(`s${i}`, 1.7e9, 10, values(60, i))),
      series('long', 1.7e9, 10, values(3_000, -5)),
      series('early', 999_999_000, 1, values(2_000, 1e6)),
      series('longest', 1.6e9, 1, values(70_000, 0.5)),
      series('nothing', 1.7e9, 10, []),
    ];
    for (const noNullPoints of [false, true]) {
      const parts = [...renderJsonParts(all, noNullPoints)];
      expect(parts.length).to.be.greaterThan(4);
      const whole = renderJson(all, noNullPoints);
      expect(Buffer.concat(parts).equals(whole)).to.equal(true);
      const read = JSON.parse(`${whole}`) as { datapoints: [number | null, number][] }[];
      all.slice(0, read.length).forEach(({ startS, stepS, values }, i) => {
        const points = [...values].map((value, n): [number | null, number] => [
          Number.isNaN(value) ? null : value,
          startS + n * stepS,
        ]);
        const shown = noNullPoints ? points.filter(([value]) => value !== null) : points;
        expect(read[i].datapoints).to.deep.equal(shown);
      });
    }
  });

  it('escapes names', () => {
    const json = `${renderJson([series('a"\\\n\u007fö😀', 0, 1, [1])])}`;
    expect(json).to.include(String.raw`"target": "a\"\\\n\u007f\u00f6\ud83d\ude00"`);
    expect(JSON.parse(json)[0].tags.name).to.equal('a"\\\n\u007fö😀');
  });

  it('writes infinite values so that they read as infinite', () => {
    const values = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
    const json = renderJson([series('a', 0, 1, values)]);
    expect(points(json).map(([value]) => value)).to.deep.equal(values);
  });

  it('writes times before the epoch', () => {
    expect(points(renderJson([series('a', -90, 60, [1, _, 3])]))).to.deep.equal([
      [1, -90],
      [null, -30],
      [3, 30],
    ]);
  });

  it('leaves out what has no points if asked to', () => {
    const all = [series('a', 60, 60, [_, 1, _]), series('b', 60, 60, [_, _])];
    const json = renderJson(all, true);
    expect(JSON.parse(`${json}`)).to.have.length(1);
    expect(points(json)).to.deep.equal([[1, 120]]);
  });

  it('keeps every double and every time', () => {
    const decimals = fc
      .tuple(fc.integer({ min: -1e9, max: 1e9 }), fc.constantFrom(1, 10, 100, 1000, 10_000))
      .map(([digits, divisor]) => digits / divisor);
    const large = fc.maxSafeInteger();
    const values = fc.array(fc.oneof(fc.double({ noNaN: true }), decimals, large), {
      minLength: 1,
    });
    fc.assert(
      fc.property(
        values,
        fc.nat(2 ** 40),
        fc.integer({ min: 1, max: 1e9 }),
        (values, start, step) => {
          const json = renderJson([series('a', start, step, values)]);
          const read = points(json);
          expect(read.map(([value]) => value)).to.deep.equal(values);
          expect(read.map(([, time]) => time)).to.deep.equal(
            values.map((_, i) => start + i * step),
          );
          const texts = [...`${json}`.matchAll(/\[([^[\],{]+), /g)].map((match) => match[1]);
          expect(texts).to.deep.equal(values.map(textOf));
        },
      ),
      { numRuns: 500 },
    );
  });

  it('grows as far as it must', () => {
    const values = Array.from({ length: 20_000 }, (_, i) => -Math.PI * 1e-200 * (i + 1));
    expect(points(renderJson([series('a', 2 ** 40, 1, values)]))).to.have.length(20_000);
  });
});

function textOf(value: number): string {
  if (Number.isFinite(value)) return pythonFloat(value);
  return value > 0 ? '1e9999' : '-1e9999';
}

describe('pythonFloat', () => {
  it('writes what repr writes', () => {
    const cases: [number, string][] = [
      [5, '5.0'],
      [0, '0.0'],
      [-0, '-0.0'],
      [0.0001, '0.0001'],
      [0.00001234, '1.234e-05'],
      [1e-7, '1e-07'],
      [5e-324, '5e-324'],
      [123456789012345680, '1.2345678901234568e+17'],
      [9999999999999998, '9999999999999998.0'],
      [1e16, '1e+16'],
      [1e22, '1e+22'],
      [-1.5e300, '-1.5e+300'],
      [0.1 + 0.2, '0.30000000000000004'],
    ];
    for (const [value, text] of cases) expect(pythonFloat(value)).to.equal(text);
  });
});
