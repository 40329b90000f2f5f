import { execFileSync } from 'node:child_process';

/** A network of its own on this machine. */
export interface NetworkNamespace {
  /** Where this process reaches what runs in it. */
  readonly address: string;
  /** Where the other namespace reaches it, over the link. */
  readonly linkAddress: string;
  /** The words before a command that is to run in it. */
  readonly enter: readonly string[];
}

/** The name of the link's end in each namespace. */
const LINK = 'between';

/**
 * Two network namespaces and a link between them, which is cut as by pulling the cable. Each has besides a wire to this
 * process, which stays. Addresses are of the range for measurements (RFC 2544).
 */
export class LinkedNamespaces {
  readonly both: readonly NetworkNamespace[];
  readonly #names: readonly string[];

  private constructor(names: readonly string[], both: readonly NetworkNamespace[]) {
    this.#names = names;
    this.both = both;
  }

  /** Makes them; undefined, with a line that says so, where that is not allowed. */
  static make(): LinkedNamespaces | undefined {
    const subnet = `198.18.${process.pid % 256}`;
    const names = [1, 2].map((number) => `carbonbus-${process.pid}-${number}`);
    const both = names.map((name, i) => ({
      address: `${subnet}.${8 * i + 2}`,
      linkAddress: `${subnet}.${64 + i + 1}`,
      enter: ['ip', 'netns', 'exec', name],
    }));
    const made = new LinkedNamespaces(names, both);
    try {
      for (const name of names) ip(`netns add ${name}`);
      const [one, other] = names;
      ip(`link add ${LINK} netns ${one} type veth peer name ${LINK} netns ${other}`);
      for (const [i, { address, linkAddress }] of both.entries()) {
        const [name, wire] = [names[i], `cb${process.pid}-${i}`];
        ip(`link add ${wire} type veth peer name wire netns ${name}`);
        ip(`address add ${subnet}.${8 * i + 1}/30 dev ${wire}`);
        ip(`link set ${wire} up`);
        ip(`-n ${name} address add ${address}/30 dev wire`);
        ip(`-n ${name} address add ${linkAddress}/30 dev ${LINK}`);
        for (const end of ['lo', 'wire', LINK]) ip(`-n ${name} link set ${end} up`);
      }
      return made;
    } catch {
      made.remove();
      console.log('  skipping: network namespaces need root, and the program ip');
      return undefined;
    }
  }

  cut(): void {
    ip(`-n ${this.#names[0]} link set ${LINK} down`);
  }

  heal(): void {
    ip(`-n ${this.#names[0]} link set ${LINK} up`);
  }

  /** Their wires and the link go with them. */
  remove(): void {
    for (const name of this.#names) {
      try {
        ip(`netns delete ${name}`);
      } catch {
        console.log(`  there is no network namespace ${name}`);
      }
    }
  }
}

function ip(words: string): void {
  execFileSync('ip', words.split(' '), { stdio: 'ignore' });
}
