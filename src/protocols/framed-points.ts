import { FrameStream } from './frame-stream.js';
import type { NameBuffer } from './name-buffer.js';
import type { PointBlock } from './points.js';
import type { RejectionSink } from './rejection.js';
import type { StreamDecoder, StreamState } from './stream-decoder.js';

/** Twisted's limit for a frame, and carbon's default. */
export const FRAME_BYTES_MAX = 1 << 20;

/** Decodes one frame at a time: pickle or protobuf. It keeps nothing of a frame. */
export interface FrameDecoder {
  /** The room of the names, which lie in `names.bytes` until the next `names.clear()`. */
  readonly names: NameBuffer;
  /** Appends the points of `frame`. Tells whether the connection may go on; points appended before are good. */
  decodeFrame(
    frame: Uint8Array,
    block: PointBlock,
    rejections: RejectionSink,
    nowS: number,
  ): StreamState;
}

/** Points in frames of a 4-byte big-endian length and that many bytes, as one TCP connection brings them. */
export class FramedPoints implements StreamDecoder {
  readonly #decoder: FrameDecoder;
  readonly #frames: FrameStream;
  #state: StreamState = 'open';

  /** @param decoder may be shared by all streams that decode into the same block */
  constructor(decoder: FrameDecoder, frameBytesMax = FRAME_BYTES_MAX) {
    this.#decoder = decoder;
    this.#frames = new FrameStream(frameBytesMax);
  }

  get state(): StreamState {
    return this.#state;
  }

  get heldBytes(): number {
    return this.#frames.heldBytes;
  }

  push(chunk: Uint8Array, block: PointBlock, rejections: RejectionSink, nowS: number): StreamState {
    const decoder = this.#decoder;
    decoder.names.clear();
    block.clear(decoder.names.bytes);
    if (this.#state !== 'open') return this.#state;
    for (const frame of this.#frames.push(chunk)) {
      this.#state = decoder.decodeFrame(frame, block, rejections, nowS);
      if (this.#state === 'open') continue;
      rejections.reject(this.#state, frame, 0, frame.length);
      return this.#state;
    }
    if (this.#frames.overlong) {
      this.#state = 'frame-too-long';
      rejections.reject(this.#state, chunk, 0, chunk.length);
    }
    return this.#state;
  }

  end(rejections: RejectionSink): void {
    const held = this.#frames.dropHeld();
    if (this.#state === 'open' && held.length > 0)
      rejections.reject('incomplete-frame', held, 0, held.length);
  }
}
