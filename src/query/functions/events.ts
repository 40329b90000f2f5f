import { timeSeries } from '../time-series.js';
import type { FunctionDeclaration } from './declaration.js';

const ALL = '*';

/** What happened, beside what was measured. */
export const EVENTS: readonly FunctionDeclaration[] = [
  {
    name: 'events',
    group: 'Special',
    description:
      'How many events that have all of some tags (* for any) there were in each second.',
    params: [{ name: 'tags', type: 'string', required: true, multiple: true }],
    evaluate: ({ fetch, nulls, window, xFilesFactor }, args) => {
      const tags = args.strings('tags');
      const { fromS: startS, untilS: endS } = window;
      const values = nulls(endS - startS);
      const isAny = tags.length === 1 && tags[0] === ALL;
      const [found] = fetch([{ type: 'events', tags: isAny ? undefined : tags }], window);
      for (const event of found) {
        const at = event.startS - startS;
        if (at in values) values[at] = Number.isNaN(values[at]) ? 1 : values[at] + 1;
      }
      const name = `events("${tags.join('", "')}")`;
      const series = { name, startS, endS, stepS: 1, values };
      return [{ ...timeSeries(series, name, xFilesFactor), consolidateBy: 'sum' }];
    },
  },
];
