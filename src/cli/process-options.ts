/** How the process of a role is started. */
export interface ProcessOptions {
  /** Of V8, on the command line. */
  readonly v8: readonly string[];
  /** Added to the environment, where that does not say otherwise. */
  readonly environment: Readonly<Record<string, string>>;
}

/**
 * V8 marks its heap when that, with the memory outside of it that buffers take, has grown by a part which it chooses by how much
 * time it spends on that. Where large reads go through a process with a small heap, it marks for every ten megabytes that
 * come by, several times a second, and as marking then takes long, it chooses less still. So the part is fixed to the largest
 * that V8 would choose, three times the heap.
 */
const SELDOM_MARKED = '--heap-growing-percent=300';

/**
 * A column that grows is copied into a longer one. The C library (glibc; others have no such thing) maps large pieces each by
 * itself, but once one was given back, it takes all of up to that size from its heap, where columns that grew leave holes, and what
 * they have to spare takes memory as well. With a threshold that is said, its first one, they stay apart.
 */
const LARGE_PIECES_APART = { MALLOC_MMAP_THRESHOLD_: String(128 * 1024) };

const USUAL: ProcessOptions = { v8: [], environment: {} };

/**
 * A node keeps what lives long outside of V8's heap, and what it makes besides dies at once: with a small young generation it
 * takes some 35 MB less, and no more time; with columns that lie apart some 15 MB less.
 */
const OPTIONS: Readonly<Record<string, ProcessOptions>> = {
  api: { v8: [SELDOM_MARKED], environment: {} },
  node: { v8: ['--max-semi-space-size=4'], environment: LARGE_PIECES_APART },
};

export function processOptions(role: string): ProcessOptions {
  return OPTIONS[role] ?? USUAL;
}
