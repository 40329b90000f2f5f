import { expect } from 'chai';
import { EventRefusal, parseEvent } from '../../../src/protocols/event.js';

const NOW_S = 1_700_000_000;

const parsed = (body: unknown) => parseEvent(JSON.stringify(body), NOW_S);

describe('an event that is posted', () => {
  it('needs to say nothing but what it was', () => {
    const event = { what: 'Deploy', when: NOW_S, data: '', tags: [] };
    expect(parsed({ what: 'Deploy' })).to.deep.equal(event);
    expect(parsed({ what: 'Deploy', tags: null, data: null })).to.deep.equal(event);
    expect(parsed({ what: 'Deploy', when: 1.5, data: { a: 1 } })).to.deep.equal({
      ...event,
      when: 1,
      data: '{"a":1}',
    });
  });

  it('has the tags of a text or a list, with blanks between them', () => {
    for (const tags of ['a b', '  a  b ', ['a', 'b'], ['a b'], ['', ' a', 'b']])
      expect(parsed({ what: 'x', tags })).to.deep.include({ tags: ['a', 'b'] });
  });

  it('is refused with a reason where it is none', () => {
    for (const body of [null, 1, [], 'x', {}, { what: 1 }, { what: 'x', tags: 1 }])
      expect(parsed(body), JSON.stringify(body)).to.be.instanceOf(EventRefusal);
    for (const tags of [[1], { a: 1 }, true])
      expect(parsed({ what: 'x', tags })).to.be.instanceOf(EventRefusal);
    expect(parsed({ what: 'x', when: 'late' })).to.be.instanceOf(EventRefusal);
    expect(parseEvent('{"what":', NOW_S)).to.be.instanceOf(EventRefusal);
  });
});
