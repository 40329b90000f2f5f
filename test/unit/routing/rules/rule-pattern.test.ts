import { expect } from 'chai';
import { rulePattern } from '../../../../src/routing/rules/rule-pattern.js';

describe('a pattern of a rule file', () => {
  for (const slow of ['(a+)+$', '(?:.*)*x', '(x|[^.]*){2,}', '((ab)+)*', '([a-z]+|\\d)+$']) {
    it(`${slow} may take very long`, () => {
      expect(rulePattern(slow).warning).to.match(/repeats what repeats/);
    });
  }

  for (const harmless of [
    '^servers\\.',
    '([^.]+\\.)+cpu',
    '(a|b)+',
    '(a+)',
    'a+b*c{2,}',
    '(a+){2}',
    '[(+]+)?'.replace(')', ''),
  ]) {
    it(`${harmless} does not`, () => {
      expect(rulePattern(harmless).warning).to.equal(undefined);
    });
  }
});
