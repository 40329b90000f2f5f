/** An address to connect to. */
export interface Address {
  readonly host: string;
  readonly port: number;
}

/** What happens to a connection that was dialled. */
export interface DialEvents {
  connected(): void;
  /** Once, whether it was ever connected or not; nothing comes after it. */
  closed(reason: string): void;
}

/** A connection to a daemon that takes bytes and answers nothing. */
export interface DialedConnection {
  /** Sends bytes; `taken` is called when the system has them, and they may be reused. Not after `closed`. */
  write(bytes: Uint8Array, taken: () => void): void;
  /** Closes it once what was written is sent. */
  end(): void;
  /** Closes it at once. */
  destroy(): void;
}

export type Dial = (address: Address, events: DialEvents) => DialedConnection;
