import type { Entries } from './entries.js';

/**
 * One folder of whisper files. Files are keyed by what comes before `.wsp`; the entries are made when the
 * first entry comes, as most folders hold either files or folders.
 */
export class Folder {
  folders: Entries<Folder> | null = null;
  files: Entries<number> | null = null;
  /** Files with other names, which carbon does not write: `one.wsp.gz`, `two.dots.wsp`. */
  oddFiles: Entries<number> | null = null;
}
