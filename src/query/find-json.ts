/** A result of a find; a metric and a folder may have the same path. */
interface FoundNode {
  readonly path: string;
  readonly isLeaf: boolean;
}

/** An item of graphite's answer to `/metrics/find` in its default format, `treejson`. */
export interface TreeItem {
  readonly text: string;
  readonly id: string;
  readonly leaf: 0 | 1;
  readonly expandable: 0 | 1;
  readonly allowChildren: 0 | 1;
}

/**
 * One item for each last part of the paths found, folders first. Where a folder and a metric, or
 * several of either, end in one name, the folder is shown, or the first one; graphite-web chooses at random.
 * The `id` asks for all of them: the query, with the name in place of its last part.
 */
export function treeItems(query: string, nodes: readonly FoundNode[]): TreeItem[] {
  const base = query.slice(0, query.lastIndexOf('.') + 1);
  const branches = new Map<string, TreeItem>();
  const leaves = new Map<string, TreeItem>();
  for (const { path, isLeaf } of nodes) {
    const text = path.slice(path.lastIndexOf('.') + 1);
    (isLeaf ? leaves : branches).set(text, item(base, text, isLeaf));
  }
  return [...branches.values(), ...[...leaves.values()].filter(({ text }) => !branches.has(text))];
}

function item(base: string, text: string, isLeaf: boolean): TreeItem {
  const inside = isLeaf ? 0 : 1;
  return { text, id: base + text, leaf: isLeaf ? 1 : 0, expandable: inside, allowChildren: inside };
}
