import { nodesOf } from '../path-nodes.js';
import { type FunctionDeclaration, SERIES_LIST } from './declaration.js';

/** Other names for series; what stands for them in names of combinations stays. */
export const ALIAS: readonly FunctionDeclaration[] = [
  {
    name: 'alias',
    group: 'Alias',
    description: 'Another name.',
    params: [SERIES_LIST, { name: 'newName', type: 'string', required: true }],
    evaluate: (_context, args) => {
      const name = args.text('newName');
      return args.series().map((series) => ({ ...series, name }));
    },
  },
  {
    name: 'aliasByNode',
    group: 'Alias',
    description: 'The parts of the name at some positions, or tags.',
    params: [SERIES_LIST, { name: 'nodes', type: 'nodeOrTag', required: true, multiple: true }],
    evaluate: (_context, args) => {
      const nodes = args.nodes();
      return args.series().map((series) => ({ ...series, name: nodesOf(series, nodes) }));
    },
  },
];
