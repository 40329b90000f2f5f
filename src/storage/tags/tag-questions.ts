import { CarbonbusError } from '../../errors.js';
import type { TagAnswer, TagQuestion } from '../../protocols/messages.js';
import { anchoredRegex, parseTagExpressions, TagRefusal } from '../../routing/tag-expression.js';
import type { TagFilter, TagIndex } from './tag-index.js';

/** What an index says to a question. Errors: `BAD_REQUEST`. */
export function answerTags(index: TagIndex, question: TagQuestion): TagAnswer {
  const { of, limit } = question;
  const filter = tagFilter(question);
  switch (of) {
    case 'series':
      return { texts: index.find(filter.expressions, limit), counts: [] };
    case 'tags':
      return { texts: index.tags(filter).sort().slice(0, limit), counts: [] };
    case 'values': {
      const found = index.values(question.tag, filter);
      const values = found.sort((a, b) => (a.value < b.value ? -1 : 1)).slice(0, limit);
      return {
        texts: values.map(({ value }) => value),
        counts: values.map(({ count }) => count),
      };
    }
  }
}

/** The conditions of a question. Errors: `BAD_REQUEST` for what is no expression and no pattern. */
export function tagFilter({ expressions, prefix, pattern }: TagQuestion): TagFilter {
  const parsed = parseTagExpressions(expressions);
  if (parsed instanceof TagRefusal) throw badRequest(parsed);
  const regex = anchoredRegex(pattern);
  if (regex instanceof TagRefusal) throw badRequest(regex);
  const matches = (text: string): boolean => text.startsWith(prefix) && regex.test(text);
  return { expressions: parsed, matches };
}

function badRequest({ reason }: TagRefusal): CarbonbusError {
  return new CarbonbusError('BAD_REQUEST', reason);
}
