import { PointBlock } from '../../protocols/points.js';
import { decodeDatagram } from '../../protocols/udp.js';
import type { Clock } from '../ports/clock.js';
import type { Window } from '../relay/window.js';
import type { RejectionLog, Sender } from './rejection-log.js';

/** Carbon's line protocol by UDP into the relay. UDP cannot be paused: what comes while the window is full is lost. */
export class DatagramReceiver {
  readonly counters = { udpDroppedWindowFull: 0 };
  readonly #accept: (block: PointBlock) => void;
  readonly #window: Window;
  readonly #rejections: RejectionLog;
  readonly #clock: Clock;
  readonly #block = new PointBlock();

  constructor(options: {
    accept: (block: PointBlock) => void;
    window: Window;
    rejections: RejectionLog;
    clock: Clock;
  }) {
    this.#accept = options.accept;
    this.#window = options.window;
    this.#rejections = options.rejections;
    this.#clock = options.clock;
  }

  datagram(bytes: Uint8Array, sender: Sender): void {
    if (this.#window.full) {
      this.counters.udpDroppedWindowFull++;
      return;
    }
    this.#rejections.sender = sender;
    decodeDatagram(bytes, this.#block, this.#rejections, this.#clock.nowMs() / 1000);
    this.#accept(this.#block);
    this.#rejections.sender = undefined;
  }
}
