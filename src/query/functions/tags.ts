import { parseTagExpressions, TagRefusal } from '../../routing/tag-expression.js';
import { refuse } from '../evaluation-refusal.js';
import type { FunctionDeclaration } from './declaration.js';

/** Series that are found by their tags. */
export const TAGS: readonly FunctionDeclaration[] = [
  {
    name: 'seriesByTag',
    group: 'Special',
    description:
      'The series for which all expressions on tags hold: `tag=value`, `tag!=value`, `tag=~regex`, `tag!=~regex`.',
    params: [{ name: 'tagExpressions', type: 'string', required: true, multiple: true }],
    evaluate: (context, args) => {
      const expressions = args.strings('tagExpressions');
      if (expressions.length === 0) refuse('seriesByTag: an expression is needed');
      const parsed = parseTagExpressions(expressions);
      if (parsed instanceof TagRefusal) refuse(`seriesByTag: ${parsed.reason}`);
      const { fetch, text, window } = context;
      return fetch([{ type: 'tags', expressions, text }], window)[0];
    },
  },
];
