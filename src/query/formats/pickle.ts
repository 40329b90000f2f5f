import { PickleWriter } from '../../protocols/pickle-encoder.js';
import type { TimeSeries } from '../time-series.js';

/**
 * Graphite's format `pickle`, by which graphite-web reads from other servers: a list of dicts of plain values, none for a
 * value that is missing. `end` is exclusive.
 */
export function renderPickle(series: readonly TimeSeries[]): Buffer {
  const out = new PickleWriter().list().mark();
  for (const one of series) {
    out.dict().mark().text('name').text(one.name);
    out.text('start').integer(one.startS).text('end').integer(one.endS);
    out.text('step').integer(one.stepS).text('values').list().mark();
    for (let i = 0; i < one.values.length; i++) {
      if (Number.isNaN(one.values[i])) out.none();
      else out.float(one.values[i]);
    }
    out.appends();
    out.text('pathExpression').text(one.pathExpression).text('valuesPerPoint').integer(1);
    out.text('consolidationFunc').text(one.consolidateBy);
    out.text('xFilesFactor').float(one.xFilesFactor).setItems();
  }
  return out.appends().finishBare();
}
