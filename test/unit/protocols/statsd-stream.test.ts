import { expect } from 'chai';
import { PointBlock } from '../../../src/protocols/points.js';
import { RejectionCounts } from '../../../src/protocols/rejection.js';
import { StatsdStream } from '../../../src/protocols/statsd-stream.js';

function start() {
  const counted: [string, number][] = [];
  const nothing = (): void => undefined;
  const stream = new StatsdStream({
    count: (name, value) => counted.push([name, value]),
    time: nothing,
    gauge: nothing,
    member: nothing,
  });
  const rejections = new RejectionCounts();
  const push = (text: string) => stream.push(Buffer.from(text), new PointBlock(), rejections);
  return { stream, counted, rejections, push };
}

describe('StatsdStream', () => {
  it('joins lines wherever they are cut, and takes the last without a newline', () => {
    const text = 'a:1|c\nb:2|c\r\n\nc:3|c';
    for (let cut = 0; cut <= text.length; cut++) {
      const { stream, counted, rejections, push } = start();
      push(text.slice(0, cut));
      push(text.slice(cut));
      stream.end(rejections);
      expect(counted).to.deep.equal([
        ['a', 1],
        ['b', 2],
        ['c', 3],
      ]);
    }
  });

  it('closes a connection whose line does not end', () => {
    const { push, stream, rejections } = start();
    expect(push('a'.repeat(8_000))).to.equal('open');
    expect(push('a'.repeat(8_000))).to.equal('line-too-long');
    expect([stream.heldBytes, rejections.count('line-too-long')]).to.deep.equal([0, 1]);
  });
});
