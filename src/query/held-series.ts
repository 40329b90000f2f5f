import { refuse } from './evaluation-refusal.js';
import type { Bound } from './functions/binding.js';
import type { Value } from './functions/value.js';
import type { TimeSeries } from './time-series.js';

/** What `setXFilesFactor` said last of the series that a call is given; it goes for what is made of them too. */
export function factorFor(values: Bound<Value>, ofRequest: number): number {
  let factor = ofRequest;
  for (const some of values.values())
    for (const value of some)
      for (const series of held(value))
        if (series.xFilesFactor !== ofRequest && !series.isFactorItsOwn)
          factor = series.xFilesFactor;
  return factor;
}

/** Points of all series that a call is given. */
export function pointsOf(values: Bound<Value>): number {
  let points = 0;
  for (const some of values.values())
    for (const value of some) for (const one of held(value)) points += one.values.length;
  return points;
}

/** Points of the longest series; undefined where there are no lists of series. */
export function longest(values: Bound<Value>): number | undefined {
  let most: number | undefined;
  for (const some of values.values()) {
    for (const value of some) {
      if (value.type === 'series') most ??= 0;
      for (const one of held(value)) most = Math.max(most ?? 0, one.values.length);
    }
  }
  return most;
}

/** The series that a value holds. */
export function held(value: Value): readonly TimeSeries[] {
  return value.type === 'series' ? value.series : [];
}

/** The series that a value is, where it has to be some. */
export function seriesOf(value: Value): readonly TimeSeries[] {
  if (value.type === 'series') return value.series;
  if (value.type === 'lists') return refuse('lists of series are only good for reduceSeries');
  return refuse('a target gives no series');
}
