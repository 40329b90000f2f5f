import { REJECTIONS_MAX, type RejectedInput } from '../../protocols/messages.js';
import type { RejectionReason } from '../../protocols/rejection.js';

/** What is kept of each input. */
const RECENT_TEXT_BYTES = 200;

interface Entry {
  timeMs: number;
  peer: string;
  reason: RejectionReason;
  keptBytes: number;
  cutBytes: number;
}

/** A ring of the last rejections: bytes are copied as they come, and made into texts for who asks. */
export class RecentRejections {
  readonly #entries: Entry[] = [];
  readonly #bytes = Buffer.alloc(REJECTIONS_MAX * RECENT_TEXT_BYTES);
  #next = 0;

  add(
    timeMs: number,
    peer: string,
    reason: RejectionReason,
    bytes: Uint8Array,
    start: number,
    end: number,
  ): void {
    const keptBytes = Math.min(end - start, RECENT_TEXT_BYTES);
    this.#bytes.set(bytes.subarray(start, start + keptBytes), this.#next * RECENT_TEXT_BYTES);
    const cutBytes = end - start - keptBytes;
    this.#entries[this.#next] = { timeMs, peer, reason, keptBytes, cutBytes };
    this.#next = (this.#next + 1) % REJECTIONS_MAX;
  }

  /** The newest first. */
  list(limit = REJECTIONS_MAX): RejectedInput[] {
    const count = Math.min(limit, this.#entries.length);
    return Array.from({ length: count }, (_, back) => {
      const slot = (this.#next - 1 - back + REJECTIONS_MAX) % REJECTIONS_MAX;
      const { timeMs, peer, reason, keptBytes, cutBytes } = this.#entries[slot];
      const at = slot * RECENT_TEXT_BYTES;
      const text = escaped(this.#bytes.subarray(at, at + keptBytes));
      return { timeMs, peer, reason, text: cutBytes > 0 ? `${text}... (${cutBytes} more)` : text };
    });
  }
}

/** Printable ASCII as it is, everything else as `\xNN`, so that no terminal and no page takes it for more than text. */
function escaped(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) {
    if (byte === 0x5c) text += '\\\\';
    else if (byte >= 0x20 && byte < 0x7f) text += String.fromCharCode(byte);
    else text += `\\x${byte.toString(16).padStart(2, '0')}`;
  }
  return text;
}
