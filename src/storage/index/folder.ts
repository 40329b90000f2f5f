/**
 * One folder of whisper files. Files are keyed by what comes before `.wsp`; the maps are made when the
 * first entry comes, as most folders hold either files or folders.
 */
export class Folder {
  folders: Map<string, Folder> | null = null;
  files: Map<string, number> | null = null;
  /** Files with other names, which carbon does not write: `one.wsp.gz`, `two.dots.wsp`. */
  oddFiles: Map<string, number> | null = null;
}
