import { expect } from 'chai';
import { nodeList, treeItems } from '../../../src/query/find-json.js';

const leaf = (path: string) => ({ path, isLeaf: true });
const branch = (path: string) => ({ path, isLeaf: false });

describe('answers to finds', () => {
  it('show names in trees decoded, and ask by them as they are', () => {
    const nodes = ['a.x+y', 'a.50%25', 'a.%C3%A9%zz%C3', 'a.b'].map(leaf);
    const items = treeItems('a.*', nodes);
    expect(items.map(({ text }) => text)).to.deep.equal(['x y', '50%', 'é%zz\ufffd', 'b']);
    expect(items.map(({ id }) => id)).to.deep.equal(nodes.map(({ path }) => path));
  });

  it('show a folder in the place of the metric of its name', () => {
    const items = treeItems('a.*', [leaf('a.x+y'), branch('a.x+y'), leaf('a.x y')]);
    expect(items.map(({ id, leaf }) => [id, leaf])).to.deep.equal([
      ['a.x+y', 0],
      ['a.x y', 1],
    ]);
  });

  it('list parts in the order of their characters', () => {
    const nodes = ['b.x', 'B.x', 'a.x', 'C.x', 'é.x', '_.x'].map(leaf);
    expect(nodeList(nodes, 0)?.nodes).to.deep.equal(['B', 'C', '_', 'a', 'b', 'é']);
    expect(nodeList(nodes, 2)).to.equal(undefined);
  });
});
