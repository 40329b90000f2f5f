import type { PointSource } from '../../protocols/audit-messages.js';
import { PointBlock } from '../../protocols/points.js';
import type { RejectionReason } from '../../protocols/rejection.js';
import type { StreamDecoder } from '../../protocols/stream-decoder.js';
import type { Cancel, Clock } from '../ports/clock.js';
import type { Logger } from '../ports/logger.js';
import type { Window } from '../relay/window.js';
import { type RejectionLog, type Sender, senderText } from './rejection-log.js';

/** A connected sender, as the edge offers it. */
export interface Peer extends Sender {
  pause(): void;
  resume(): void;
  close(): void;
}

/** Where the edge delivers what a sender says. */
export interface PeerInput {
  data(chunk: Uint8Array): void;
  /** What the sender says cannot be unpacked: its connection is closed. */
  garbled(bytes: Uint8Array): void;
  /** The sender is gone; what it left incomplete is refused. */
  end(): void;
}

/**
 * `reading`: data is wanted. `gathering`: the last read carried little, so the kernel gathers more until the
 * next tick (an event-loop read costs the same whatever it carries). `blocked`: the relay's window is full.
 */
type PeerState = 'reading' | 'gathering' | 'blocked' | 'closed';

/** A read below this many bytes makes the next one wait for the tick. */
const SMALL_READ_BYTES = 8 * 1024;
/** Longer would not make the reads much cheaper: most of what is left is the kernel's cost of a packet. */
const GATHER_MS_MAX = 100;
/** A connection is looked at so many times within its idle timeout. */
const IDLE_LOOKS = 4;
/** Incomplete lines and frames of all connections together; they are all that decoders keep. */
const HELD_BYTES_MAX = 64 * 1024 * 1024;

export interface StreamReceiverOptions {
  accept: (block: PointBlock, source: PointSource) => void;
  window: Window;
  rejections: RejectionLog;
  clock: Clock;
  log: Logger;
  connectionsMax: number;
  /** A sender that says nothing for so long is closed; 0 for never. */
  idleTimeoutMs: number;
  /** How long points wait in the relay for others anyway; a sender whose reads are small waits as long. */
  flushIntervalMs: number;
  /** Carbon's USE_FLOW_CONTROL: senders wait while the window is full. Without it their points are dropped then. */
  flowControl: boolean;
}

/** Points from connections of every protocol into the relay, with back-pressure on their senders. */
export class StreamReceiver {
  readonly counters = {
    connections: 0,
    connectionsRefused: 0,
    connectionsIdleClosed: 0,
    handshakesFailed: 0,
    pointsDroppedWindowFull: 0,
  };
  readonly #options: StreamReceiverOptions;
  readonly #block = new PointBlock();
  readonly #streams = new Set<PeerStream>();
  readonly #gathering = new Set<PeerStream>();
  #heldBytes = 0;
  readonly #cancelIdleLooks: Cancel | undefined;

  constructor(options: StreamReceiverOptions) {
    this.#options = options;
    const { window, clock, idleTimeoutMs } = options;
    window.onChange(() => this.#windowChanged());
    if (idleTimeoutMs > 0)
      this.#cancelIdleLooks = clock.every(idleTimeoutMs / IDLE_LOOKS, () => this.#lookForIdle());
  }

  /**
   * A sender has connected; undefined when there are too many (then the peer has been closed).
   *
   * @param decoder one for this connection; it may share its room with the decoders of others
   * @param source what its points are counted for
   */
  connected(
    peer: Peer,
    decoder: StreamDecoder,
    source: PointSource = 'line',
  ): PeerInput | undefined {
    if (this.#streams.size >= this.#options.connectionsMax) {
      this.refused();
      peer.close();
      return undefined;
    }
    const stream = new PeerStream(peer, decoder, source);
    this.#streams.add(stream);
    this.counters.connections = this.#streams.size;
    if (this.#blocks) stream.become('blocked');
    return {
      data: (chunk) => this.#data(stream, chunk),
      garbled: (bytes) => this.#garbled(stream, bytes),
      end: () => this.#end(stream),
    };
  }

  /** There were too many connections for one more, and it was closed. */
  refused(): void {
    this.counters.connectionsRefused++;
  }

  /** Somebody has connected to a port that speaks TLS, and could not show that it may. */
  handshakeFailed(sender: Sender, reason: string): void {
    this.counters.handshakesFailed++;
    this.#options.log.debug({ peer: senderText(sender), reason }, 'a TLS handshake failed');
  }

  /** Looks at idle connections no more. */
  stop(): void {
    this.#cancelIdleLooks?.();
  }

  /** Connections that are not read since the window is full. */
  get pausedConnections(): number {
    let paused = 0;
    for (const { state } of this.#streams) if (state === 'blocked') paused++;
    return paused;
  }

  get #blocks(): boolean {
    return this.#options.flowControl && this.#options.window.full;
  }

  #data(stream: PeerStream, chunk: Uint8Array): void {
    if (stream.state === 'closed') return;
    const { clock, rejections, accept, window } = this.#options;
    stream.quietLooks = 0;
    rejections.sender = stream.peer;
    const state = stream.decoder.push(chunk, this.#block, rejections, clock.nowMs() / 1000);
    if (window.full && !this.#options.flowControl)
      this.counters.pointsDroppedWindowFull += this.#block.count;
    else accept(this.#block, stream.source);
    this.#heldBytes += stream.decoder.heldBytes - stream.heldBytes;
    stream.heldBytes = stream.decoder.heldBytes;
    if (state !== 'open') this.#close(stream, state);
    else if (this.#heldBytes > HELD_BYTES_MAX) this.#refuse(stream, 'too-much-unfinished', chunk);
    else if (this.#blocks) stream.become('blocked');
    else if (chunk.length < SMALL_READ_BYTES) this.#gather(stream);
    rejections.sender = undefined;
  }

  #gather(stream: PeerStream): void {
    stream.become('gathering');
    if (this.#gathering.size === 0) {
      const gatherMs = Math.min(GATHER_MS_MAX, this.#options.flushIntervalMs);
      this.#options.clock.after(gatherMs, () => this.#resumeGathering());
    }
    this.#gathering.add(stream);
  }

  #resumeGathering(): void {
    for (const stream of this.#gathering) {
      if (stream.state === 'gathering') stream.become(this.#blocks ? 'blocked' : 'reading');
    }
    this.#gathering.clear();
  }

  #windowChanged(): void {
    const blocks = this.#blocks;
    for (const stream of this.#streams) {
      if (blocks && stream.state === 'reading') stream.become('blocked');
      else if (!blocks && stream.state === 'blocked') stream.become('reading');
    }
  }

  /** Closes who could have spoken and did not. Who is blocked is silent through no fault of its own. */
  #lookForIdle(): void {
    for (const stream of this.#streams) {
      if (stream.state === 'blocked') stream.quietLooks = 0;
      else if (++stream.quietLooks > IDLE_LOOKS) {
        this.counters.connectionsIdleClosed++;
        this.#end(stream);
        stream.peer.close();
      }
    }
  }

  #garbled(stream: PeerStream, bytes: Uint8Array): void {
    if (stream.state === 'closed') return;
    this.#refuse(stream, 'malformed-gzip', bytes);
  }

  #refuse(stream: PeerStream, reason: RejectionReason, bytes: Uint8Array): void {
    const { rejections } = this.#options;
    rejections.sender = stream.peer;
    rejections.reject(reason, bytes, 0, bytes.length);
    rejections.sender = undefined;
    this.#close(stream, reason);
  }

  #close(stream: PeerStream, reason: RejectionReason): void {
    this.#options.log.info({ peer: senderText(stream.peer), reason }, 'closing a connection');
    this.#forget(stream);
    stream.peer.close();
  }

  #end(stream: PeerStream): void {
    if (stream.state === 'closed') return;
    const { rejections } = this.#options;
    rejections.sender = stream.peer;
    stream.decoder.end(rejections);
    rejections.sender = undefined;
    this.#forget(stream);
  }

  #forget(stream: PeerStream): void {
    stream.become('closed');
    this.#heldBytes -= stream.heldBytes;
    this.#streams.delete(stream);
    this.#gathering.delete(stream);
    this.counters.connections = this.#streams.size;
  }
}

class PeerStream {
  readonly peer: Peer;
  readonly decoder: StreamDecoder;
  readonly source: PointSource;
  state: PeerState = 'reading';
  /** Looks for idle connections since it last said something. */
  quietLooks = 0;
  /** What the decoder held after the last push, as it is in the total. */
  heldBytes = 0;

  constructor(peer: Peer, decoder: StreamDecoder, source: PointSource) {
    this.peer = peer;
    this.decoder = decoder;
    this.source = source;
  }

  become(state: PeerState): void {
    const wasReading = this.state === 'reading';
    this.state = state;
    if (state === 'reading' && !wasReading) this.peer.resume();
    else if (state !== 'reading' && state !== 'closed' && wasReading) this.peer.pause();
  }
}
