import { createHash } from 'node:crypto';

const SUFFIX = '.wsp';
const TAGGED_FOLDER = '_tagged';

/**
 * The file of a metric, relative to the whisper root, as carbon's whisper database places it.
 *
 * Dots become slashes and no segment is empty, so that no name leads out of the root. As in carbon several names
 * may share a file (`a..b`, `a/b` and `a.b`). A name with tags goes below `_tagged`, spread by its SHA-256.
 *
 * @param hashTagged carbon's TAG_HASH_FILENAMES: the file of a tagged metric is named by the hash, not the tags
 */
export function metricPath(name: string, hashTagged: boolean): string {
  if (!name.includes(';')) return joined(name.replaceAll('.', '/'));
  const hash = createHash('sha256').update(name).digest('hex');
  const base = hashTagged ? hash : name.replaceAll('.', '_DOT_');
  return joined(`${TAGGED_FOLDER}/${hash.slice(0, 3)}/${hash.slice(3, 6)}/${base}`);
}

/**
 * The paths of files below a root, as `metricPath` places them. Metrics of one folder mostly come one after the other, so
 * that the folder of the last one is kept.
 */
export class MetricPaths {
  readonly #root: string;
  readonly #hashTagged: boolean;
  /** What the names of that folder begin with, up to their last dot, and its path, with a slash. */
  #parent: string | undefined;
  #folder = '';

  constructor(root: string, hashTagged: boolean) {
    this.#root = root;
    this.#hashTagged = hashTagged;
  }

  of(name: string): string {
    const dot = name.lastIndexOf('.');
    const leaf = name.slice(dot + 1);
    if (leaf === '' || leaf.includes('/') || name.includes(';')) {
      return `${this.#root}/${metricPath(name, this.#hashTagged)}`;
    }
    const parent = name.slice(0, dot + 1);
    if (parent !== this.#parent) {
      this.#folder = `${this.#root}/${metricPath(`${parent}x`, false).slice(0, -`x${SUFFIX}`.length)}`;
      this.#parent = parent;
    }
    return this.#folder + leaf + SUFFIX;
  }
}

/**
 * The metric of a file: the reverse of `metricPath`. Undefined for a file that is named by a hash, and for
 * one that is not a whisper file.
 */
export function metricOfPath(path: string): string | undefined {
  if (!path.endsWith(SUFFIX)) return undefined;
  const stem = path.slice(0, -SUFFIX.length);
  const tagged = new RegExp(`^${TAGGED_FOLDER}/[0-9a-f]{3}/[0-9a-f]{3}/(.*)$`).exec(stem)?.[1];
  if (tagged === undefined) return stem.replaceAll('/', '.');
  return tagged.includes(';') ? tagged.replaceAll('_DOT_', '.') : undefined;
}

/** The path of a stem, without empty segments. A stem that ends in a slash names the file `.wsp`. */
function joined(stem: string): string {
  const path = stem + SUFFIX;
  if (!path.includes('//') && !path.startsWith('/')) return path;
  return path.replaceAll(/\/{2,}/g, '/').replace(/^\//, '');
}
