import { isUtf8 } from 'node:buffer';
import { builtInAggregation } from '../aggregation.js';
import { quoted } from '../bad-request.js';
import { refuse } from '../evaluation-refusal.js';
import { nameSubstitution } from '../name-pattern.js';
import { nodesOf, pathIn } from '../path-nodes.js';
import { formatPercent } from '../python-percent.js';
import type { FunctionDeclaration } from './declaration.js';
import { SERIES_LIST } from './parameter.js';

const SEARCH = { name: 'search', type: 'string', required: true } as const;
const REPLACE = { name: 'replace', type: 'string', required: true } as const;
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/** Other names for series; what stands for them in names of combinations stays. */
export const ALIAS: readonly FunctionDeclaration[] = [
  {
    name: 'alias',
    group: 'Alias',
    description: 'Another name.',
    params: [SERIES_LIST, { name: 'newName', type: 'string', required: true }],
    evaluate: (_context, args) => {
      const name = args.name('newName');
      return args.series().map((series) => ({ ...series, ...name }));
    },
  },
  byNodes('aliasByNode', 'nodes'),
  byNodes('aliasByTags', 'tags'),
  {
    name: 'aliasByMetric',
    group: 'Alias',
    description: 'The last part of the name.',
    params: [SERIES_LIST],
    evaluate: (_context, args) =>
      args.series().map((series) => ({ ...series, name: partsOf(series.name, -1, 0) })),
  },
  {
    name: 'aliasSub',
    group: 'Alias',
    description:
      "The name, with what matches a regular expression replaced; \\1 is the first group's.",
    params: [SERIES_LIST, SEARCH, REPLACE],
    evaluate: ({ limited }, args) => {
      const change = nameSubstitution(args.string('search'), args.string('replace'));
      return limited(() =>
        args.series().map((series) => ({ ...series, name: change(series.name) })),
      );
    },
  },
  {
    name: 'aliasQuery',
    group: 'Alias',
    description:
      'The last value of the series that the name, changed as by aliasSub, asks for: put into `newName` at %d, %.2f, ...',
    params: [SERIES_LIST, SEARCH, REPLACE, { name: 'newName', type: 'string', required: true }],
    evaluate: ({ limited, targets, window }, args) => {
      const change = nameSubstitution(args.string('search'), args.string('replace'));
      const newName = args.string('newName');
      const last = builtInAggregation('last');
      const all = args.series();
      const queries = limited(() => all.map(({ name }) => change(name)));
      return targets(queries, window).map(([answer], i) => {
        if (answer === undefined) refuse(`aliasQuery: ${quoted(queries[i])} has no series`);
        const current = last(answer.values, 0, answer.values.length);
        if (Number.isNaN(current)) refuse(`aliasQuery: ${quoted(queries[i])} has no values`);
        return { ...all[i], name: formatPercent(newName, current) };
      });
    },
  },
  {
    name: 'substr',
    group: 'Special',
    description: 'Parts of the name from one position up to, but without, another; 0 is the end.',
    params: [
      SERIES_LIST,
      { name: 'start', type: 'node', default: 0 },
      { name: 'stop', type: 'node', default: 0 },
    ],
    evaluate: (_context, args) => {
      const [start, stop] = [args.integer('start'), args.integer('stop')];
      return args
        .series()
        .map((series) => ({ ...series, name: partsOf(series.name, start, stop) }));
    },
  },
  changingCase('lower', 'toLowerCase', 'small', (text) => text.toLowerCase()),
  changingCase('upper', 'toUpperCase', 'capital', (text) => text.toUpperCase()),
  {
    name: 'aliasByBase64',
    group: 'Alias',
    description: 'The name decoded, or a part of it, counted from 1; what is no base64 stays.',
    params: [SERIES_LIST, { name: 'nodeNum', type: 'nodeOrTag' }],
    evaluate: (_context, args) => {
      const position = args.isGiven('nodeNum') ? args.integer('nodeNum') - 1 : undefined;
      return args.series().map((series) => {
        if (position === undefined) return { ...series, name: decoded(series.name) };
        const parts = pathIn(series.name).split('.');
        if (position >= 0 && position < parts.length) parts[position] = decoded(parts[position]);
        return { ...series, name: parts.join('.') };
      });
    },
  },
  askingDatabase('aliasByPostgres', [
    { name: 'databaseName', type: 'string', required: true },
    { name: 'keyString', type: 'string', required: true },
    { name: 'nodes', type: 'nodeOrTag', required: true, multiple: true },
  ]),
  askingDatabase('aliasByRedis', [{ name: 'redisKey', type: 'string', required: true }]),
];

function byNodes(name: string, parameter: string): FunctionDeclaration {
  return {
    name,
    group: 'Alias',
    description: 'The parts of the name at some positions, or tags.',
    params: [SERIES_LIST, { name: parameter, type: 'nodeOrTag', required: true, multiple: true }],
    evaluate: (_context, args) => {
      const nodes = args.nodes(parameter);
      return args.series().map((series) => ({ ...series, name: nodesOf(series, nodes) }));
    },
  };
}

function changingCase(
  name: string,
  alias: string,
  letters: string,
  change: (text: string) => string,
): FunctionDeclaration {
  return {
    name,
    aliases: [alias],
    group: 'Alias',
    description: `The name in ${letters} letters, or only the letters at some positions.`,
    params: [SERIES_LIST, { name: 'pos', type: 'integer', multiple: true }],
    evaluate: (_context, args) => {
      const positions = args.integers('pos');
      return args.series().map((series) => {
        if (positions.length === 0) return { ...series, name: change(series.name) };
        const characters = [...series.name];
        for (const position of positions) {
          const at = position < 0 ? position + characters.length : position;
          if (at in characters) characters[at] = change(characters[at]);
        }
        return { ...series, name: characters.join('') };
      });
    },
  };
}

/** In the table for those who look for it; names are not looked up anywhere else. */
function askingDatabase(name: string, params: FunctionDeclaration['params']): FunctionDeclaration {
  return {
    name,
    group: 'Alias',
    description: 'Not supported: names from a database outside.',
    params: [SERIES_LIST, ...params],
    evaluate: () =>
      refuse(
        `${name} is not supported, since it asks a database outside: use aliasSub, aliasByNode or aliasByTags`,
      ),
  };
}

/** As graphite-web has it: of what is between the innermost parentheses, up to a comma. */
function partsOf(name: string, start: number, stop: number): string {
  const left = name.lastIndexOf('(') + 1;
  const right = name.indexOf(')');
  const inner = name.slice(left, right < 0 ? undefined : right);
  const parts = inner.split('.').slice(start, stop === 0 ? undefined : stop);
  return parts.join('.').replace(/,.*$/, '');
}

function decoded(text: string): string {
  const bytes = BASE64.test(text) ? Buffer.from(text, 'base64') : undefined;
  return bytes !== undefined && isUtf8(bytes) ? bytes.toString() : text;
}
