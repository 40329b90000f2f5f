import { CarbonbusError } from '../../errors.js';
import { columnIntegers } from '../../protocols/codec.js';
import {
  type FileDigest,
  type RepairReplies,
  type RepairRequest,
  SLOTS_MAX,
} from '../../protocols/repair-messages.js';
import { decodeHeader, retentionOf, type WhisperHeader } from '../../storage/whisper/format.js';
import type { Clock } from '../ports/clock.js';
import { chunksOf, upToSlots } from './chunks.js';
import { bytesOfFile, differingRanges } from './differing.js';
import type { Pace } from './pace.js';
import type { RetiredFiles } from './retired-files.js';

/** Names of one page, and files compared by one request. */
const PAGE_NAMES = 1_000;
const FILES = 32;
/** Points may be somewhat ahead of the time. */
const AHEAD_S = 3_600;
/** What an archive forgets within this time is not looked for: it may go while this looks. */
const FORGOTTEN_SOON_S = 60;

export interface SuccessorCheckParts {
  files: RetiredFiles;
  /** Who keeps the shard now. */
  successor: string;
  /** Asks it. */
  ask: <R extends RepairRequest>(request: R) => Promise<RepairReplies[R['type']]>;
  pace: Pace;
  clock: Clock;
  progress: { compared: number; metrics: number };
  signal: AbortSignal;
}

/**
 * Looks whether a node that keeps a shard now has a point wherever these files have one, in every archive. Values are
 * not compared: it has read on, and may have got later ones.
 */
export class SuccessorCheck {
  readonly #parts: SuccessorCheckParts;

  constructor(parts: SuccessorCheckParts) {
    this.#parts = parts;
  }

  /** @returns what it lacks; undefined for nothing. Errors: what the node, the disk or the bus says */
  async lacking(): Promise<string | undefined> {
    const { files, progress } = this.#parts;
    progress.compared = 0;
    for (let after = ''; ; ) {
      const page = await files.page(after, PAGE_NAMES);
      progress.metrics = page.total;
      for (const names of chunksOf(page.names, FILES)) {
        const lacking = await this.#lackingOf(names);
        if (lacking !== undefined) return lacking;
        progress.compared += names.length;
      }
      const last = page.names.at(-1);
      if (last === undefined) return undefined;
      after = last;
    }
  }

  async #lackingOf(names: string[]): Promise<string | undefined> {
    const { files, successor, ask, pace, clock, signal } = this.#parts;
    if (signal.aborted) throw new CarbonbusError('STOPPED', 'the node stops');
    const { shard } = files;
    const nowS = Math.floor(clock.nowMs() / 1000) + FORGOTTEN_SOON_S;
    const untilS = nowS + AHEAD_S;
    const theirs = await ask({ type: 'digests', shard, names, nowS, untilS });
    let bytes = 0;
    for (const name of names) {
      const ours = files.digest(name, nowS, untilS);
      if (ours.header.length === 0) continue;
      bytes += bytesOfFile(ours.header);
      const their = theirs.files.find((file) => file.name === name);
      if (their === undefined || their.header.length === 0) return `${successor} lacks ${name}`;
      if (!haveSameArchives(ours, their)) {
        return `${name} has other archives on ${successor}: what is here cannot be compared with it, and has to be removed by hand`;
      }
      if (!(await this.#hasSlots(their, ours, nowS, untilS)))
        return `${successor} lacks points of ${name}`;
      await clock.yieldNow();
    }
    await pace.worked(bytes);
    return undefined;
  }

  /** Whether the successor has a point for each of ours, where the two files differ. */
  async #hasSlots(
    theirs: FileDigest,
    ours: FileDigest,
    nowS: number,
    untilS: number,
  ): Promise<boolean> {
    const { files, ask } = this.#parts;
    const archives = decodeHeader(ours.header)?.archives ?? [];
    for (const ranges of upToSlots(differingRanges(theirs, ours, untilS), SLOTS_MAX)) {
      const { slots } = await ask({ type: 'slots', shard: files.shard, ranges });
      for (const [i, range] of ranges.entries()) {
        const archive = archives.find(({ secondsPerPoint }) => secondsPerPoint === range.stepS);
        const oldestS = nowS - (archive === undefined ? 0 : retentionOf(archive));
        const has = new Set(columnIntegers(slots[i].timestamps));
        const wanted = columnIntegers(files.slots(range).timestamps);
        if (wanted.some((time) => time > oldestS && !has.has(time))) return false;
      }
    }
    return true;
  }
}

function haveSameArchives(a: FileDigest, b: FileDigest): boolean {
  return archivesText(decodeHeader(a.header)) === archivesText(decodeHeader(b.header));
}

function archivesText(header: WhisperHeader | undefined): string {
  const archives = header?.archives ?? [];
  return archives.map(({ secondsPerPoint, points }) => `${secondsPerPoint}:${points}`).join();
}
