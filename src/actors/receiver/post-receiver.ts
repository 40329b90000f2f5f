import type { PointBlock } from '../../protocols/points.js';
import { RejectionCounts, type RejectionReason } from '../../protocols/rejection.js';
import type { Clock } from '../ports/clock.js';
import type { Relay } from '../relay/relay.js';
import { Ticket } from '../relay/ticket.js';
import { type InputForm, WholeInput } from '../relay/whole-input.js';
import type { RejectionLog, Sender } from './rejection-log.js';

/** What became of the points of one request. */
export interface PostAnswer {
  /** Points that are in the shard logs now. */
  accepted: number;
  rejected: number;
  reasons: Partial<Record<RejectionReason, number>>;
}

/** `full`: the window has no room, nothing was taken. `late`: no log has answered in time, it may still. */
export type PostOutcome = PostAnswer | 'full' | 'late';

/** The relay, as far as requests need it. */
type Posted = Pick<Relay, 'accept' | 'window'>;

/** How long a request waits for the logs. */
const STORED_LIMIT_MS = 30_000;

/** Points of HTTP requests into the relay. A request is answered once the logs have its points. */
export class PostReceiver {
  readonly counters = { postsTaken: 0, postsRefusedWindowFull: 0, postsLate: 0 };
  readonly #relay: Posted;
  readonly #rejections: RejectionLog;
  readonly #clock: Clock;
  readonly #input: WholeInput;

  constructor(options: {
    relay: Posted;
    rejections: RejectionLog;
    clock: Clock;
  }) {
    this.#relay = options.relay;
    this.#rejections = options.rejections;
    this.#clock = options.clock;
    this.#input = new WholeInput(options.rejections, options.clock);
  }

  post(bytes: Uint8Array, form: InputForm, sender: Sender): Promise<PostOutcome> {
    if (this.#relay.window.full) {
      this.counters.postsRefusedWindowFull++;
      return Promise.resolve('full');
    }
    this.counters.postsTaken++;
    const rejected = new RejectionCounts();
    return new Promise((resolve) => {
      let points = 0;
      const cancel = this.#clock.after(STORED_LIMIT_MS, () => {
        this.counters.postsLate++;
        resolve('late');
      });
      const ticket = new Ticket(() => {
        cancel();
        resolve({ accepted: points, rejected: rejected.total, reasons: reasonsOf(rejected) });
      });
      points = this.#take(bytes, form, { ...sender, rejected }, ticket);
      ticket.release();
    });
  }

  /** Returns how many points the relay has taken: what it refuses itself is among the rejections. */
  #take(
    bytes: Uint8Array,
    form: InputForm,
    sender: Sender & { rejected: RejectionCounts },
    ticket: Ticket,
  ): number {
    let taken = 0;
    const counted = {
      accept: (block: PointBlock): void => {
        const { count } = block;
        const before = sender.rejected.total;
        this.#relay.accept(block, ticket, 'http');
        taken += count - (sender.rejected.total - before);
      },
    };
    this.#rejections.sender = sender;
    this.#input.accept(bytes, form, counted, ticket);
    this.#rejections.sender = undefined;
    return taken;
  }
}

function reasonsOf(rejected: RejectionCounts): PostAnswer['reasons'] {
  return Object.fromEntries([...rejected.entries()].filter(([, count]) => count > 0));
}
