import { expect } from 'chai';
import { type TreeItem, treeItems } from '../../src/query/find-json.js';
import { expandBraces } from '../../src/routing/braces.js';
import { compilePattern, type Glob, GlobRefusal, parseGlob } from '../../src/routing/glob.js';
import { MetricIndex } from '../../src/storage/metric-index.js';
import { conformance, hasVectors, readVectors } from '../support/conformance.js';
import { nodesOf } from '../support/found.js';

interface FindRow {
  query: string;
  store_find: { path: string; is_leaf: boolean }[];
  /** The answer to `/metrics/find` by text; null where the reference's answer is random. */
  treejson: TreeItem[] | null;
}
interface PatternRow {
  pattern: string;
  expanded?: string[];
  matches: string[];
}

function globOf(query: string): Glob {
  const glob = parseGlob(query);
  if (glob instanceof GlobRefusal) throw new Error(glob.reason);
  return glob;
}

function indexOfTree(): MetricIndex {
  const index = new MetricIndex();
  if (!hasVectors('globs/tree.json')) return index;
  const tree = readVectors<{ files: string[]; directories: string[] }>('globs/tree.json');
  for (const folder of tree.directories) index.addFolder(folder);
  tree.files.forEach((file, id) => {
    index.addFile(file, id);
  });
  return index;
}

const index = indexOfTree();
const asText = (node: { path: string; isLeaf: boolean }) =>
  `${node.path} ${node.isLeaf ? 'leaf' : 'branch'}`;

conformance<FindRow>('globs/find.jsonl', (row) => {
  const nodes = nodesOf(index.find(globOf(row.query), 10_000));
  const wanted = row.store_find.map(({ path, is_leaf }) => ({ path, isLeaf: is_leaf }));
  expect(nodes.map(asText).sort()).to.deep.equal(wanted.map(asText).sort());
  if (row.treejson === null) return;
  const items = treeItems(row.query, nodes).sort((a, b) => (a.text < b.text ? -1 : 1));
  expect(items).to.deep.equal(row.treejson);
});

function checkPattern(inputs: string): (row: PatternRow) => void {
  return (row) => {
    if (row.expanded) expect(expandBraces(row.pattern)?.sort()).to.deep.equal(row.expanded.sort());
    const matches = compilePattern(row.pattern);
    if (matches instanceof GlobRefusal) throw new Error(matches.reason);
    const isMatch =
      typeof matches === 'function' ? matches : (name: string) => matches.includes(name);
    const names = readVectors<string[]>(inputs).filter(isMatch);
    expect(names.sort()).to.deep.equal(row.matches.sort());
  };
}

conformance('globs/match_entries.jsonl', checkPattern('globs/match_entries_input.json'));
conformance('globs/random_patterns.jsonl', checkPattern('globs/random_patterns_input.json'));
