/** A result of a find; a metric and a folder may have the same path. */
interface FoundNode {
  readonly path: string;
  readonly isLeaf: boolean;
}

/** An item of graphite's answer to `/metrics/find` in its default format, `treejson`. */
export type TreeItem = {
  readonly text: string;
  readonly id: string;
  readonly allowChildren: 0 | 1;
  readonly expandable: 0 | 1;
  readonly leaf: 0 | 1;
};

/**
 * One item for each last part of the paths found, folders first. Where a folder and a metric, or
 * several of either, end in one name, the folder is shown, or the first one; graphite-web chooses at random.
 * The `id` asks for all of them: the query, with the name in place of its last part. The `text` is the name, decoded where
 * somebody has encoded it as for a URL.
 *
 * @param wildcard adds an item `*` for all of several results
 */
export function treeItems(
  query: string,
  nodes: readonly FoundNode[],
  wildcard = false,
): TreeItem[] {
  const base = query.slice(0, query.lastIndexOf('.') + 1);
  const branches = new Map<string, TreeItem>();
  const leaves = new Map<string, TreeItem>();
  for (const { path, isLeaf } of nodes) {
    const name = lastPart(path);
    (isLeaf ? leaves : branches).set(name, item(base, name, isLeaf));
  }
  for (const name of branches.keys()) leaves.delete(name);
  const all = wildcard && nodes.length > 1 ? [item(base, '*', branches.size === 0)] : [];
  return [...all, ...branches.values(), ...leaves.values()];
}

function item(base: string, name: string, isLeaf: boolean): TreeItem {
  const text = /[+%]/.test(name) ? unquoted(name) : name;
  const inside = isLeaf ? 0 : 1;
  return { text, id: base + name, allowChildren: inside, expandable: inside, leaf: isLeaf ? 1 : 0 };
}

/** A name as it was before somebody wrote it for a URL. */
function unquoted(name: string): string {
  return name.replaceAll('+', ' ').replace(/(?:%[0-9a-f]{2})+/gi, (codes) => {
    return Buffer.from(codes.replaceAll('%', ''), 'hex').toString();
  });
}

/** The query behind the format `completer`: what begins with what somebody has typed. */
export function completerQuery(typed: string, automaticVariants: boolean): string {
  const open = typed.replaceAll('..', '*.');
  const query = open.endsWith('*') ? open : `${open}*`;
  if (!automaticVariants) return query;
  const parts = query.split('.');
  return parts
    .map((part) => (part.includes(',') && !part.includes('{') ? `{${part}}` : part))
    .join('.');
}

/** Graphite's answer in the format `completer`. */
export function completerItems(nodes: readonly FoundNode[], wildcard: boolean) {
  const metrics: { path?: string; name: string; is_leaf?: string }[] = nodes.map(
    ({ path, isLeaf }) => ({
      path: isLeaf ? path : `${path}.`,
      name: lastPart(path),
      is_leaf: isLeaf ? '1' : '0',
    }),
  );
  if (wildcard && nodes.length > 1) metrics.push({ name: '*' });
  return { metrics };
}

/**
 * Graphite's answer in the format `nodelist`: the distinct parts of the paths at a position, which counts from the end
 * where it is negative. Undefined where a path has no such part.
 */
export function nodeList(nodes: readonly FoundNode[], position: number) {
  const parts = new Set<string>();
  for (const { path } of nodes) {
    const part = path.split('.').at(position);
    if (part === undefined) return undefined;
    parts.add(part);
  }
  return { nodes: [...parts].sort() };
}

function lastPart(path: string): string {
  return path.slice(path.lastIndexOf('.') + 1);
}
