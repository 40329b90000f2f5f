import { errorText } from '../../errors.js';
import type { MirrorReport } from '../../protocols/heartbeat.js';
import { type Layout, layoutDifference } from '../../protocols/layout.js';
import type { Cancel, Clock } from '../ports/clock.js';
import type { Logger } from '../ports/logger.js';
import type { MirrorState, MirrorStreams, OriginState } from '../ports/mirrors.js';
import { createMirrorMachine, type MirrorEvent, type MirrorMachine } from './mirror.machine.js';

const LOOK_INTERVAL_MS = 2_000;

interface Mirror {
  shard: number;
  machine: MirrorMachine;
  /** What the last look has shown, where it could. */
  origin: OriginState | undefined;
  state: MirrorState | undefined;
}

export interface MirrorSupervisorParts {
  datacentre: string;
  layout: Layout;
  /** The shards whose mirrors this node reads; `rank` is its place among the nodes of the shard, from 0 on. */
  shards: readonly { shard: number; rank: number }[];
  stuckAfterMs: number;
  streams: MirrorStreams;
  clock: Clock;
  log: Logger;
}

/**
 * Sees to the mirrors of one other datacentre that this node reads: makes what is missing, and makes again what
 * stands still while its origin can be reached. Every node of a shard does so, and needs nobody's consent: making
 * twice only fetches twice, and the later ones in a shard's placement wait longer before they make one again.
 */
export class MirrorSupervisor {
  readonly datacentre: string;
  /** Mirrors made, for the first time or again. */
  made = 0;
  /** Of these, in the place of one that stood still, or was one of a log that is gone. */
  madeAgain = 0;
  readonly #parts: MirrorSupervisorParts;
  readonly #mirrors: readonly Mirror[];
  readonly #cancel: Cancel;
  #looking: Promise<void> | undefined;
  /** What was logged last of the datacentre as a whole, so that it is logged once. */
  #problem: string | undefined;

  constructor(parts: MirrorSupervisorParts) {
    this.datacentre = parts.datacentre;
    this.#parts = parts;
    this.#mirrors = parts.shards.map(({ shard, rank }) => this.#mirror(shard, rank));
    this.#cancel = parts.clock.every(LOOK_INTERVAL_MS, () => this.look());
    this.look();
  }

  /** Looks at all mirrors, unless it does so already. */
  look(): void {
    this.#looking ??= this.#look().finally(() => {
      this.#looking = undefined;
    });
  }

  report(shard: number): MirrorReport {
    const mirror = this.#mirrors.find((one) => one.shard === shard);
    if (mirror === undefined) return { state: 'unknown', behind: null };
    const { machine, origin, state } = mirror;
    const isKnown = origin !== undefined && state !== undefined;
    const behind = isKnown ? Math.max(0, origin.lastSequence - state.lastSequence) : null;
    return { state: machine.getSnapshot().value, behind };
  }

  stop(): void {
    this.#cancel();
    for (const { machine } of this.#mirrors) machine.stop();
  }

  #mirror(shard: number, rank: number): Mirror {
    const { datacentre, stuckAfterMs, clock } = this.#parts;
    const input = {
      stuckAfterMs: stuckAfterMs * (1 + rank / 2),
      make: () => void this.#make(mirror),
    };
    const machine = createMirrorMachine(`${datacentre}-${shard}`, input, clock);
    const mirror: Mirror = { shard, machine, origin: undefined, state: undefined };
    machine.start();
    return mirror;
  }

  /** The mirrors are asked first: so one that is ahead of its origin is so in truth. */
  async #look(): Promise<void> {
    const { streams, datacentre } = this.#parts;
    try {
      const mirrors = await streams.mirrors(datacentre);
      const origins = await streams.origins(datacentre);
      this.#noteProblem(this.#differenceOf(origins));
      for (const mirror of this.#mirrors) {
        const { shard, machine } = mirror;
        machine.send(this.#seen(mirror, mirrors.get(shard), origins.get(shard)));
      }
    } catch (error) {
      this.#noteProblem(`it cannot be reached: ${errorText(error)}`);
      for (const mirror of this.#mirrors) {
        mirror.origin = undefined;
        mirror.machine.send({ type: 'unreachable' });
      }
    }
  }

  #differenceOf(origins: ReadonlyMap<number, OriginState>): string | undefined {
    const there = [...origins.values()].find(({ layout }) => layout !== undefined)?.layout;
    const difference = there && layoutDifference(this.#parts.layout, there);
    return difference && `${difference}: one of the two datacentres has to begin anew`;
  }

  #seen(mirror: Mirror, state?: MirrorState, origin?: OriginState): MirrorEvent {
    const before = mirror.state;
    mirror.origin = origin;
    mirror.state = state;
    // A datacentre that is just being made has not all of its logs yet.
    if (origin?.layout === undefined) return { type: 'unreachable' };
    if (this.#problem !== undefined) return { type: 'refused' };
    if (state === undefined) return { type: 'absent' };
    if (!isMirrorOf(state, origin)) return { type: 'replaced' };
    const isAtEnd = state.lastSequence === origin.lastSequence;
    const hasMoved = before === undefined || state.lastSequence > before.lastSequence;
    return { type: isAtEnd || hasMoved ? 'moves' : 'standsStill' };
  }

  async #make(mirror: Mirror): Promise<void> {
    const { streams, datacentre, log } = this.#parts;
    const { shard, origin, state, machine } = mirror;
    const what = { shard, datacentre };
    try {
      if (origin === undefined) throw new Error('its origin is out of reach');
      await streams.make(shard, datacentre, identityOf(origin, state));
      this.made++;
      if (state === undefined) log.info(what, 'a mirror is made');
      else {
        this.madeAgain++;
        log.warn({ ...what, origin, mirror: state }, 'a mirror is made again');
      }
      machine.send({ type: 'made' });
    } catch (error) {
      log.error({ ...what, error: errorText(error) }, 'cannot make a mirror');
      machine.send({ type: 'failed' });
    }
  }

  #noteProblem(problem: string | undefined): void {
    if (problem === this.#problem) return;
    this.#problem = problem;
    const { datacentre, log } = this.#parts;
    if (problem === undefined) log.info({ datacentre }, 'the other datacentre can be mirrored');
    else log.error({ datacentre, problem }, 'the other datacentre cannot be mirrored');
  }
}

/**
 * False for a mirror of a log that was deleted since, or whose end was lost in a power cut: there the same sequences
 * stand for other points by now.
 */
function isMirrorOf(state: MirrorState, origin: OriginState): boolean {
  const isSameLog =
    state.origin === origin.created || state.origin.startsWith(`${origin.created},`);
  return isSameLog && state.lastSequence <= origin.lastSequence;
}

/** What readers tell a log by: a new one where the sequences of the old mirror mean nothing any more. */
function identityOf(origin: OriginState, state: MirrorState | undefined): string {
  if (state === undefined || state.lastSequence <= origin.lastSequence) {
    return state !== undefined && isMirrorOf(state, origin) ? state.origin : origin.created;
  }
  return state.origin.startsWith(origin.created)
    ? `${origin.created}, cut back to ${origin.lastSequence}`
    : origin.created;
}
