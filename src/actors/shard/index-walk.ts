import type { MetricIndex } from '../../storage/metric-index.js';
import { metricOfPath } from '../../storage/metric-path.js';
import type { WhisperStore } from '../../storage/whisper/store.js';
import type { WalkProgress } from '../../storage/whisper/walk.js';
import type { Clock } from '../ports/clock.js';
import type { Logger } from '../ports/logger.js';
import type { ReplicaTags } from './replica-tags.js';

/** Files looked at between two turns of sockets and timers. */
const SLICE_FILES = 500;
/** How often a replica says how far its index is. */
const PROGRESS_MS = 5_000;

/** Calls `enter` for each metric that has a file, in slices, and tells the operator how far it is. */
export async function walkIndex(
  parts: { shard: number; store: WhisperStore; index: MetricIndex; clock: Clock; log: Logger },
  tags: ReplicaTags,
  enter: (name: string) => void,
): Promise<void> {
  const { shard, index, log, clock } = parts;
  const startedMs = clock.monotonicMs();
  const walked: WalkProgress = { folders: 0, foldersLeft: 0, foldersRefused: 0 };
  const soFar = () => ({
    shard,
    metrics: index.size,
    ...walked,
    seconds: Number(((clock.monotonicMs() - startedMs) / 1_000).toFixed(1)),
  });
  let files = 0;
  let toldMs = startedMs;
  for (const name of namesOnDisk(parts.store, walked, tags)) {
    if (name !== undefined) enter(name);
    if (++files % SLICE_FILES !== 0) continue;
    await clock.yieldNow();
    if (clock.monotonicMs() - toldMs < PROGRESS_MS) continue;
    toldMs = clock.monotonicMs();
    log.info(soFar(), 'building the index');
  }
  const tookLong = clock.monotonicMs() - startedMs >= PROGRESS_MS;
  log[tookLong ? 'info' : 'debug'](soFar(), 'the index is built');
  if (walked.foldersRefused > 0) {
    log.error(soFar(), 'folders of whisper files may not be read: their metrics are not found');
  }
}

/** Undefined for a file whose name does not tell its metric: the file of tagged names does. */
function* namesOnDisk(
  store: WhisperStore,
  walked: WalkProgress,
  tags: ReplicaTags,
): Generator<string | undefined> {
  yield* tags.load();
  for (const path of store.names(walked)) {
    const name = metricOfPath(path);
    yield name !== undefined && tags.isRemoved(name) ? undefined : name;
  }
}
