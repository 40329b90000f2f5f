import { type GlobPart, GlobRefusal, parseGlob } from './glob.js';

/**
 * A predicate for the metrics that an operator names: Graphite's glob of a metric, or of a folder, which stands for all
 * metrics below it. An empty pattern stands for all. A tagged metric is found by its whole name, or by the part before
 * its tags.
 */
export function metricPattern(pattern: string): ((name: string) => boolean) | GlobRefusal {
  const query = pattern.replace(/\.+$/, '');
  if (query === '') return () => true;
  const glob = parseGlob(query);
  if (glob instanceof GlobRefusal) return glob;
  const { parts, taggedName } = glob;
  if (taggedName !== null) return (name) => name === taggedName;
  return (name) => {
    const tags = name.indexOf(';');
    const path = tags < 0 ? name : name.slice(0, tags);
    return begins(
      parts,
      path.split('.').filter((part) => part !== ''),
    );
  };
}

/** Whether the first parts of a name are those of the glob. */
function begins(globs: readonly GlobPart[], names: readonly string[]): boolean {
  const [glob, ...rest] = globs;
  if (glob === undefined) return true;
  if (glob.kind === 'tree') return names.some((_, folders) => begins(rest, names.slice(folders)));
  const [name, ...below] = names;
  if (name === undefined) return false;
  const isMatch = glob.kind === 'names' ? glob.names.includes(name) : glob.matches(name);
  return isMatch && begins(rest, below);
}
