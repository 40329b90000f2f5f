import { errorText } from '../../errors.js';
import { isSameExtent, messagesOf, overlapOf } from '../../protocols/gaps.js';
import type { Gap } from '../../protocols/repair-messages.js';
import type { GapFile } from '../../storage/gap-file.js';
import type { Clock } from '../ports/clock.js';
import type { Logger } from '../ports/logger.js';
import type { Beginning } from './replica-logs.js';

/** Gaps that are told apart; when there would be more, the two oldest of a kind become one. */
const GAPS_MAX = 64;

/** Messages of a log that will not come any more; none where `to` is before `from`. */
export interface Lost {
  stream: string;
  from: number;
  to: number;
}

/** What came of comparing a replica with its peers. */
export type RepairOutcome =
  /** What is left of the gaps that were compared, with what is to become of it. */
  | { type: 'compared'; left: readonly Gap[] }
  /** It has to be tried again. */
  | { type: 'failed'; reason: string };

/** What a replica knows to be missing from its files. It is remembered beside them until it was repaired. */
export class ReplicaGaps {
  /** `messagesRepaired`: messages of logs that were not read, and whose points have come from peers. */
  readonly counters = {
    ...{ gapsFound: 0, gapsRepaired: 0, messagesRepaired: 0 },
    ...{ gapsGivenUp: 0, messagesGivenUp: 0 },
  };
  readonly #file: GapFile;
  readonly #log: Logger;
  readonly #shard: number;
  readonly #clock: Clock;
  /** How much older than a checkpoint's saving the points may be that it does not cover. */
  readonly #checkpointLagMs: number;
  #gaps: Gap[] = [];
  /** Those that a comparison is about. */
  #compared: ReadonlySet<Gap> = new Set();
  /** Whether the file says the same. */
  #isSaved = true;

  constructor(parts: {
    gapFile: GapFile;
    log: Logger;
    shard: number;
    clock: Clock;
    holdbackMs: number;
    writeDelayMs: number;
  }) {
    this.#file = parts.gapFile;
    this.#log = parts.log;
    this.#shard = parts.shard;
    this.#clock = parts.clock;
    this.#checkpointLagMs = parts.holdbackMs + parts.writeDelayMs;
  }

  get all(): readonly Gap[] {
    return this.#gaps;
  }

  /** How many of them no peer can fill. */
  get irreparable(): number {
    return this.#gaps.filter(({ state }) => state === 'irreparable').length;
  }

  /** A file that cannot be read says nothing: the next comparison finds what is missing. */
  load(): void {
    try {
      this.#gaps = this.#file.load().map((gap) => (gap.state === 'repairing' ? open(gap) : gap));
    } catch (error) {
      this.#log.error({ shard: this.#shard, error: errorText(error) }, 'the gaps are not known');
    }
  }

  /** What is missing where a log is read from `beginning` on, and its messages from `from` to `to` are gone. */
  noteBeginning(beginning: Beginning, lost: Lost): void {
    const sinceMs = beginning.atMs - this.#checkpointLagMs;
    if (beginning.from === 'otherLog') this.note('newLog', sinceMs, lost);
    if (lost.to < lost.from) return;
    if (beginning.from === 'nothing') this.note('newReplica', 0, lost);
    if (beginning.from === 'checkpoint') this.note('retention', sinceMs, lost);
  }

  /** @param sinceMs points of about this time on are missing, until now; ms since the epoch, 0 for the beginning */
  note(kind: Gap['kind'], sinceMs: number, what: Partial<Lost> & { metric?: string }): void {
    const nowMs = this.#clock.nowMs();
    // A moment to come was told by a clock that has been put back since: it bounds nothing.
    const fromS = sinceMs > nowMs ? 0 : Math.max(0, Math.floor(sinceMs / 1000));
    const gap: Gap = {
      kind,
      state: 'open',
      reason: '',
      stream: what.stream ?? '',
      fromSequence: what.from ?? 0,
      toSequence: what.to ?? 0,
      fromS,
      untilS: Math.max(fromS + 1, Math.ceil(nowMs / 1000)),
      metric: what.metric ?? '',
    };
    this.counters.gapsFound++;
    this.#gaps.push(gap);
    if (this.#gaps.length > GAPS_MAX) this.#join();
    this.#log.warn({ shard: this.#shard, ...gap }, 'points are missing here; a peer may have them');
    this.#save();
  }

  /** These are being repaired. What no peer has is looked for again, and is irreparable until it is found. */
  begin(compared: readonly Gap[]): void {
    const begun = new Set<Gap>();
    this.#gaps = this.#gaps.map((gap) => {
      if (!compared.includes(gap)) return gap;
      const now: Gap = gap.state === 'open' ? { ...gap, state: 'repairing', reason: '' } : gap;
      begun.add(now);
      return now;
    });
    this.#compared = begun;
  }

  end(outcome: RepairOutcome): void {
    if (outcome.type === 'failed') {
      const { reason } = outcome;
      this.#gaps = this.#gaps.map((gap) =>
        gap.state === 'repairing' ? { ...open(gap), reason } : gap,
      );
    } else {
      const before = this.#gaps;
      const compared = before.filter((gap) => this.#compared.has(gap));
      // What was given up meanwhile, or made a part of another gap, is not to come back.
      const left = outcome.left.filter((piece) => compared.some((gap) => isWithin(piece, gap)));
      this.#gaps = [...left, ...before.filter((gap) => !this.#compared.has(gap))];
      this.counters.gapsRepaired += before.filter((gap) => !this.#hasPartOf(gap)).length;
      const repaired = messagesOf(before) - messagesOf(this.#gaps);
      this.counters.messagesRepaired += Math.max(0, repaired);
      while (this.#gaps.length > GAPS_MAX) this.#join();
    }
    this.#compared = new Set();
    this.#save();
  }

  /** Takes those off the list that no peer can fill. @returns what they were */
  giveUp(): Gap[] {
    const before = this.#gaps;
    const givenUp = before.filter(({ state }) => state === 'irreparable');
    if (givenUp.length === 0) return [];
    this.#gaps = before.filter((gap) => !givenUp.includes(gap));
    this.counters.gapsGivenUp += givenUp.length;
    this.counters.messagesGivenUp += messagesOf(before) - messagesOf(this.#gaps);
    for (const gap of givenUp)
      this.#log.warn({ shard: this.#shard, ...gap }, 'an operator has given these points up');
    this.#save();
    return givenUp;
  }

  #hasPartOf(gap: Gap): boolean {
    return this.#gaps.some((one) => overlapOf(gap, one) !== undefined);
  }

  /** Makes one gap of the first two of the kind that there are most of: too wide rather than forgotten. */
  #join(): void {
    const kinds = this.#gaps.map(({ kind }) => kind);
    const count = (kind: string): number => kinds.filter((one) => one === kind).length;
    const kind = kinds.reduce((most, one) => (count(one) > count(most) ? one : most));
    const [a, b] = this.#gaps.filter((gap) => gap.kind === kind);
    const isOneLog = a.stream === b.stream;
    const joined: Gap = {
      ...open(a),
      stream: isOneLog ? a.stream : '',
      fromSequence: isOneLog ? Math.min(a.fromSequence, b.fromSequence) : 0,
      toSequence: isOneLog ? Math.max(a.toSequence, b.toSequence) : 0,
      fromS: Math.min(a.fromS, b.fromS),
      untilS: Math.max(a.untilS, b.untilS),
      metric: a.metric === b.metric ? a.metric : '',
    };
    this.#gaps = [joined, ...this.#gaps.filter((gap) => gap !== a && gap !== b)];
  }

  /** Saves what could not be saved before: no checkpoint may pass a gap that only memory knows of. Throws what the disk says. */
  flush(): void {
    if (this.#isSaved) return;
    this.#file.save(this.#gaps);
    this.#isSaved = true;
  }

  /** A disk that refuses writes keeps nobody from serving; the gaps are remembered until it takes them again. */
  #save(): void {
    this.#isSaved = false;
    try {
      this.flush();
    } catch (error) {
      this.#log.error({ shard: this.#shard, error: errorText(error) }, 'cannot save the gaps');
    }
  }
}

function isWithin(piece: Gap, gap: Gap): boolean {
  const both = overlapOf(gap, piece);
  return both !== undefined && isSameExtent(both, piece);
}

function open(gap: Gap): Gap {
  return { ...gap, state: 'open', reason: '' };
}
