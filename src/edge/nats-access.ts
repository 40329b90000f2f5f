/** Where the bus is and who we are there. */
export interface NatsAccess {
  urls: readonly string[];
  user?: string;
  password?: string;
  /** The content of a credentials file. */
  credentials?: Uint8Array;
  /** The content of the file with the seed of an nkey. */
  nkeySeed?: Uint8Array;
  /** Certificates and key, as PEM; given, the connection is TLS. */
  tls?: { ca: string; cert?: string; key?: string };
}
