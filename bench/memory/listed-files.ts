import type { FolderEntry } from '../../src/storage/files.js';
import { BottomlessFiles } from './bottomless-files.js';

/** The whisper files of `metricName(0)` to `metricName(metrics - 1)`, which can be listed and no more. */
export class ListedFiles extends BottomlessFiles {
  readonly #metrics: number;

  constructor(metrics: number) {
    super();
    this.#metrics = metrics;
  }

  override *list(path: string): Generator<FolderEntry> {
    const [, below] = path.split('/whisper/');
    const parts = below.split('/').filter((part) => part !== '');
    if (parts.length === 0) yield folder('servers');
    else if (parts.length === 1) yield folder('dc1');
    else if (parts.length === 2) yield* this.#hosts();
    else if (parts.length === 3) yield folder('cpu');
    else yield* this.#files(Number(parts[2].slice('host'.length)));
  }

  *#hosts(): Generator<FolderEntry> {
    for (let host = 0; host * 50 < this.#metrics; host++) {
      yield folder(`host${String(host).padStart(5, '0')}`);
    }
  }

  *#files(host: number): Generator<FolderEntry> {
    for (let i = 0; i < 50 && host * 50 + i < this.#metrics; i++) {
      yield { name: `metric${String(i).padStart(2, '0')}.wsp`, kind: 'file' };
    }
  }
}

function folder(name: string): FolderEntry {
  return { name, kind: 'folder' };
}
