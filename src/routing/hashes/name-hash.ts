import { fnv1a32, fnv1a32Signed } from './fnv1a.js';
import { md5Prefix } from './md5.js';
import { murmur3 } from './murmur3.js';

/** Where a name, `bytes[start, end)`, falls on a ring. */
export type NameHash = (bytes: Uint8Array, start: number, end: number) => number;

/** The hashes of Carbon's `ROUTER_HASH_TYPE`. */
export type CarbonHashType = 'carbon_ch' | 'fnv1a_ch' | 'mmh3_ch';

/** Carbon's positions (its `hashing.py`): 0 to 65535, but signed 32-bit integers for `mmh3_ch`. */
export const CARBON_HASHES: Readonly<Record<CarbonHashType, NameHash>> = {
  carbon_ch: md5Prefix,
  fnv1a_ch: (bytes, start, end) => folded(fnv1a32(bytes, start, end)),
  mmh3_ch: murmur3,
};

/** carbon-c-relay's positions on a ring (its `consistent-hash.c`), 0 to 65535. */
export const CRELAY_HASHES: Readonly<Record<'carbon_ch' | 'fnv1a_ch', NameHash>> = {
  carbon_ch: md5Prefix,
  fnv1a_ch: (bytes, start, end) => folded(fnv1a32Signed(bytes, start, end)),
};

/** The hash of a name that is text already. */
export function hashText(hash: NameHash, text: string): number {
  const bytes = Buffer.from(text);
  return hash(bytes, 0, bytes.length);
}

function folded(hash: number): number {
  return (hash >>> 16) ^ (hash & 0xffff);
}
