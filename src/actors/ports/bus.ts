import type { Cancel } from './clock.js';

/** Somebody who waits for answers, as long as he does. */
export interface Waiter {
  readonly isGone: boolean;
  /** Has `run` called once he waits no more, unless that is taken back before. */
  onGone(run: () => void): Cancel;
}

/** Fire-and-forget messages and request-reply between processes. */
export interface Bus {
  publish(subject: string, bytes: Uint8Array): void;
  subscribe(subject: string, receive: (bytes: Uint8Array) => void): Cancel;
  /** Rejects with a CarbonbusError: `NO_RESPONDER`, `REQUEST_TIMEOUT`, `REPLY_TOO_LARGE`, `REQUEST_FAILED`; `CLIENT_GONE` once nobody waits. */
  request(
    subject: string,
    bytes: Uint8Array,
    timeoutMs: number,
    waiter?: Waiter,
  ): Promise<Uint8Array>;
  /** Nobody looks at a reply any more, of which this is a part: another one may lie in its place. Who does not say so leaves garbage. */
  giveBack(reply: Uint8Array): void;
  serve(subject: string, answer: (bytes: Uint8Array) => Promise<Uint8Array>): Cancel;
}

/** One message of the ingestion stream, redelivered until `accepted` was called. */
export interface IngestMessage {
  subject: string;
  bytes: Uint8Array;
  /** All its points are in shard logs, or were rejected: never deliver it again. */
  accepted(): void;
}

/** What the relays have still to do. */
export interface IngestBacklog {
  /** Messages that no relay was given yet. */
  waiting: number;
  /** Messages that a relay has, with points that are not in the shard logs yet. */
  inHand: number;
}

/** The shared ingestion stream. */
export interface IngestSource {
  backlog(): Promise<IngestBacklog>;
  read(signal: AbortSignal): AsyncIterable<IngestMessage>;
}
