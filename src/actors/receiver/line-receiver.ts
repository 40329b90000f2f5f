import { LineStream } from '../../protocols/line.js';
import { JoinBuffer } from '../../protocols/line-join.js';
import { PointBlock } from '../../protocols/points.js';
import type { RejectionSink } from '../../protocols/rejection.js';
import { decodeDatagram } from '../../protocols/udp.js';
import type { Clock } from '../ports/clock.js';
import type { Logger } from '../ports/logger.js';
import type { Window } from '../relay/window.js';

/** A connected sender, as the edge offers it. */
export interface Peer {
  readonly address: string;
  pause(): void;
  resume(): void;
  close(): void;
}

/** Where the edge delivers what a sender says. */
export interface PeerInput {
  data(chunk: Uint8Array): void;
  /** The sender is gone; half a line that it left is refused. */
  end(): void;
}

/**
 * `reading`: data is wanted. `gathering`: the last read carried little, so the kernel gathers more until the
 * next tick (an event-loop read costs the same whatever it carries). `blocked`: the relay's window is full.
 */
type PeerState = 'reading' | 'gathering' | 'blocked' | 'closed';

/** A read below this many bytes makes the next one wait for the tick. */
const SMALL_READ_BYTES = 8 * 1024;
const GATHER_MS = 20;

export interface ReceiverCounters {
  connections: number;
  connectionsRefused: number;
  udpDroppedWindowFull: number;
}

/** Carbon's line protocol from many senders into the relay, with back-pressure on those that can be paused. */
export class LineReceiver {
  readonly counters: ReceiverCounters = {
    connections: 0,
    connectionsRefused: 0,
    udpDroppedWindowFull: 0,
  };
  readonly #accept: (block: PointBlock) => void;
  readonly #window: Window;
  readonly #rejections: RejectionSink;
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #connectionsMax: number;
  readonly #block = new PointBlock();
  readonly #join = new JoinBuffer();
  readonly #streams = new Set<PeerStream>();
  readonly #gathering = new Set<PeerStream>();

  constructor(options: {
    accept: (block: PointBlock) => void;
    window: Window;
    rejections: RejectionSink;
    clock: Clock;
    log: Logger;
    connectionsMax: number;
  }) {
    this.#accept = options.accept;
    this.#window = options.window;
    this.#rejections = options.rejections;
    this.#clock = options.clock;
    this.#log = options.log;
    this.#connectionsMax = options.connectionsMax;
    this.#window.onChange((full) => this.#windowChanged(full));
  }

  /** A sender has connected; undefined when there are too many (then the peer has been closed). */
  connected(peer: Peer): PeerInput | undefined {
    if (this.#streams.size >= this.#connectionsMax) {
      this.counters.connectionsRefused++;
      peer.close();
      return undefined;
    }
    const stream = new PeerStream(peer, new LineStream(this.#join));
    this.#streams.add(stream);
    this.counters.connections = this.#streams.size;
    if (this.#window.full) stream.become('blocked');
    return {
      data: (chunk) => this.#data(stream, chunk),
      end: () => this.#end(stream),
    };
  }

  /** One datagram. UDP cannot be paused: while the window is full it is dropped and counted. */
  datagram(bytes: Uint8Array): void {
    if (this.#window.full) {
      this.counters.udpDroppedWindowFull++;
      return;
    }
    decodeDatagram(bytes, this.#block, this.#rejections, this.#clock.nowMs() / 1000);
    this.#accept(this.#block);
  }

  #data(stream: PeerStream, chunk: Uint8Array): void {
    if (stream.state === 'closed') return;
    const nowS = this.#clock.nowMs() / 1000;
    const state = stream.lines.push(chunk, this.#block, this.#rejections, nowS);
    this.#accept(this.#block);
    if (state !== 'open') this.#close(stream, state);
    else if (this.#window.full) stream.become('blocked');
    else if (chunk.length < SMALL_READ_BYTES) this.#gather(stream);
  }

  #gather(stream: PeerStream): void {
    stream.become('gathering');
    if (this.#gathering.size === 0) this.#clock.after(GATHER_MS, () => this.#resumeGathering());
    this.#gathering.add(stream);
  }

  #resumeGathering(): void {
    for (const stream of this.#gathering) {
      if (stream.state === 'gathering') stream.become(this.#window.full ? 'blocked' : 'reading');
    }
    this.#gathering.clear();
  }

  #windowChanged(full: boolean): void {
    for (const stream of this.#streams) {
      if (full && stream.state === 'reading') stream.become('blocked');
      else if (!full && stream.state === 'blocked') stream.become('reading');
    }
  }

  #close(stream: PeerStream, reason: string): void {
    this.#log.info({ peer: stream.peer.address, reason }, 'closing a connection');
    this.#forget(stream);
    stream.peer.close();
  }

  #end(stream: PeerStream): void {
    if (stream.state === 'closed') return;
    stream.lines.end(this.#rejections);
    this.#forget(stream);
  }

  #forget(stream: PeerStream): void {
    stream.become('closed');
    this.#streams.delete(stream);
    this.#gathering.delete(stream);
    this.counters.connections = this.#streams.size;
  }
}

class PeerStream {
  readonly peer: Peer;
  readonly lines: LineStream;
  state: PeerState = 'reading';

  constructor(peer: Peer, lines: LineStream) {
    this.peer = peer;
    this.lines = lines;
  }

  become(state: PeerState): void {
    const wasReading = this.state === 'reading';
    this.state = state;
    if (state === 'reading' && !wasReading) this.peer.resume();
    else if (state !== 'reading' && state !== 'closed' && wasReading) this.peer.pause();
  }
}
