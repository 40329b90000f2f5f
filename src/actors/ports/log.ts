/** A message by what another one in its place would not have. */
export interface LogPlace {
  sequence: number;
  /** When the log got it, ms since the epoch by the clock of its server; 0 where nobody knows. */
  storedAtMs: number;
}

/** One message of a shard's log. `bytes` may be a view of a receive buffer: copy what is kept for long. */
export interface LogMessage extends LogPlace {
  bytes: Uint8Array;
  /** Nobody looks at `bytes` any more: another message may lie in their place. Who does not say so leaves garbage. */
  giveBack?: () => void;
  /** How many messages the log holds behind this one, as of its delivery. */
  pending: number;
}

/** Identity and limits of a log; `created` tells a log from its successor under the same name. */
export interface LogState {
  created: string;
  firstSequence: number;
  lastSequence: number;
}

/**
 * Code of the error that a log has lost its end, as after a power cut of its server: it gives sequences that were read
 * once to other messages. Who reads on behind them would skip what was accepted since.
 */
export const LOG_CUT_BACK = 'LOG_CUT_BACK';

/** Reading a log: ordered, without acknowledgements, each reader at its own checkpoint. */
export interface LogReader {
  /** How often the connection to the server was lost: what a log was before one says nothing about it. */
  readonly losses: number;
  /** With `wait` it resolves once the stream can be reached; with `fail` it rejects when it cannot. */
  state(stream: string, patience: 'wait' | 'fail'): Promise<LogState>;
  /**
   * Every message from `fromSequence` on, in order, waiting at the end for more, until `signal` aborts.
   * `onLost` is told of sequences that retention removed before they were read. Errors: `LOG_CUT_BACK`.
   *
   * @param before the message before the first one, where it was read
   */
  read(
    stream: string,
    fromSequence: number,
    signal: AbortSignal,
    onLost: (from: number, to: number) => void,
    before?: LogPlace,
  ): AsyncIterable<LogMessage>;
}

/** The outcome of one publish: a value, since the publisher decides what each means. */
export type PublishOutcome =
  | { type: 'stored'; sequence: number }
  /** Nothing is known about the message: publish it again under the same id. */
  | { type: 'unknown'; reason: string }
  /** The log is full: publish it again later, and alarm. */
  | { type: 'full'; reason: string };

/** Appending to logs. A message that is published again under its id is stored once. */
export interface LogWriter {
  /** `bytes` stay as they are until an answer is `stored`; then they may change. */
  publish(subject: string, bytes: Uint8Array, id: string): Promise<PublishOutcome>;
}
