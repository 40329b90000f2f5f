import { quoted } from '../bad-request.js';
import { refuse } from '../evaluation-refusal.js';
import { type Complex, fourier, inverseFourier } from '../fourier.js';
import { named, type TimeSeries } from '../time-series.js';
import type { FunctionDeclaration } from './declaration.js';
import { SERIES_LIST } from './parameter.js';

const WORK_PER_POINT = 10;

/** Series by their frequencies, as carbonapi has them. */
export const SPECTRUM: readonly FunctionDeclaration[] = [
  {
    name: 'fft',
    group: 'Transform',
    workPerPoint: WORK_PER_POINT,
    description:
      'The discrete Fourier transform: how much there is of each frequency, and its phase. Null counts as 0.',
    params: [SERIES_LIST, { name: 'mode', type: 'string', options: ['abs', 'phase', 'both'] }],
    evaluate: (_context, args) => {
      const mode = args.has('mode') ? args.string('mode') : 'both';
      const parts = PARTS.get(mode);
      if (parts === undefined)
        return refuse(`fft: mode is ${quoted(mode)}, and must be abs, phase or both`);
      return args.series().flatMap((series) => {
        const im = new Float64Array(series.values.length);
        const transformed = fourier({ re: withoutNulls(series.values), im });
        return parts.map((part) => ({
          ...named(series, `fft(${series.name},${part})`),
          values: part === 'abs' ? sizes(transformed) : phases(transformed),
        }));
      });
    },
  },
  {
    name: 'ifft',
    group: 'Transform',
    workPerPoint: WORK_PER_POINT,
    description: 'The series of which `fft` gave these, by sizes and phases. Null counts as 0.',
    params: [SERIES_LIST, { name: 'phaseSeriesList', type: 'seriesList' }],
    evaluate: (_context, args) => {
      const all = args.has('phaseSeriesList') ? args.series('phaseSeriesList') : [];
      return args.series().map((series, i) => {
        const phase = all[i] as TimeSeries | undefined;
        const name = phase ? `${series.name},${phase.name}` : series.name;
        return {
          ...named(series, `ifft(${name})`),
          values: sizes(inverseFourier(byPhase(series, phase))),
        };
      });
    },
  },
  {
    name: 'lowPass',
    aliases: ['lpf'],
    group: 'Transform',
    description:
      'The first and the last values, of a transformed series; `cutPercent` of all are left.',
    params: [SERIES_LIST, { name: 'cutPercent', type: 'float', required: true }],
    evaluate: (_context, args) => {
      const percent = args.number('cutPercent');
      return args.series().map((series) => {
        const { length } = series.values;
        const left = Math.trunc((percent / 200) * length);
        return {
          ...named(series, `lowPass(${series.name},${percent})`),
          values: series.values.map((value, i) =>
            i < left || i >= length - left ? value : Number.NaN,
          ),
        };
      });
    },
  },
];

const PARTS: ReadonlyMap<string, readonly string[]> = new Map([
  ['', ['abs', 'phase']],
  ['abs', ['abs']],
  ['all', ['abs', 'phase']],
  ['both', ['abs', 'phase']],
  ['phase', ['phase']],
]);

function withoutNulls(values: Float64Array): Float64Array {
  return values.map((value) => (Number.isNaN(value) ? 0 : value));
}

function sizes({ re, im }: Complex): Float64Array {
  return re.map((x, i) => Math.hypot(x, im[i]));
}

function phases({ re, im }: Complex): Float64Array {
  return re.map((x, i) => Math.atan2(im[i], x));
}

/** Without phases they are all 0. */
function byPhase({ values }: TimeSeries, phase: TimeSeries | undefined): Complex {
  const lengths = withoutNulls(values);
  if (phase === undefined) return { re: lengths, im: new Float64Array(values.length) };
  const angles = lengths.map((_, i) => phase.values[i] || 0);
  return {
    re: lengths.map((size, i) => size * Math.cos(angles[i])),
    im: lengths.map((size, i) => size * Math.sin(angles[i])),
  };
}
