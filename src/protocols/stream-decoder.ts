import type { PointBlock } from './points.js';
import type { RejectionReason, RejectionSink } from './rejection.js';

/** `open`, or why the connection has to be closed. */
export type StreamState = 'open' | RejectionReason;

/** Decodes what one connection says, piece by piece, whatever the protocol. */
export interface StreamDecoder {
  /** Bytes kept of input that is not complete yet. */
  readonly heldBytes: number;
  /**
   * Clears `block` and decodes into it what `chunk` completes. The names are valid until the next push of any
   * decoder that shares its room, or until the caller reuses `chunk`. When the state is not `open`, the points
   * decoded before stay good, and what comes after is not read.
   *
   * @param nowS seconds since the epoch with fraction, for points that say -1
   */
  push(chunk: Uint8Array, block: PointBlock, rejections: RejectionSink, nowS: number): StreamState;
  /** The sender is gone: refuses what it left incomplete. */
  end(rejections: RejectionSink): void;
}
