import { MsgpackWriter } from '../../protocols/msgpack-writer.js';
import type { TimeSeries } from '../time-series.js';

/** Graphite's format `msgpack`: what `pickle` says, as an array of maps. */
export function renderMsgpack(series: readonly TimeSeries[]): Buffer {
  const out = new MsgpackWriter().array(series.length);
  for (const one of series) {
    out.map(9).text('name').text(one.name);
    out.text('start').integer(one.startS).text('end').integer(one.endS);
    out.text('step').integer(one.stepS).text('values').array(one.values.length);
    for (let i = 0; i < one.values.length; i++) {
      if (Number.isNaN(one.values[i])) out.none();
      else out.float(one.values[i]);
    }
    out.text('pathExpression').text(one.pathExpression).text('valuesPerPoint').integer(1);
    out.text('consolidationFunc').text(one.consolidateBy);
    out.text('xFilesFactor').float(one.xFilesFactor);
  }
  return out.finish();
}
