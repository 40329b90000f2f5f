import { shardStream } from '../../src/protocols/subjects.js';
import type { Random } from '../support/random.js';
import {
  INJECTED_BUG,
  type NodePlace,
  type Place,
  type SimulatedCluster,
} from './simulated-cluster.js';
import type { SimulatedTime } from './simulated-time.js';
import type { Trace } from './trace.js';
import type { WorldShape } from './world-shape.js';

/** Effects a process may still have until it is killed. */
const FUSE_MAX = 60;
/** Messages that a power cut takes from a log. */
const CUT_MESSAGES_MAX = 12;
const DISK_FAULTS = ['ENOSPC', 'EROFS', 'EIO'] as const;

/** What goes wrong, at times and places that the seed says, each for a while. */
export class Faults {
  readonly #cluster: SimulatedCluster;
  readonly #shape: WorldShape;
  readonly #time: SimulatedTime;
  readonly #random: Random;
  readonly #trace: Trace;
  readonly #kinds: readonly (() => void)[];
  #isOver = false;

  constructor(
    shape: WorldShape,
    cluster: SimulatedCluster,
    time: SimulatedTime,
    random: Random,
    trace: Trace,
  ) {
    this.#shape = shape;
    this.#cluster = cluster;
    this.#time = time;
    this.#random = random;
    this.#trace = trace;
    const any = (): Place<unknown> => random.pick(cluster.places);
    const node = (): NodePlace => random.pick(cluster.nodes);
    const all = [
      () => this.#kill(any()),
      () => this.#kill(node()),
      () => this.#cutPower(node()),
      () => this.#stop(any()),
      () => this.#pause(any()),
      () => this.#leave(node()),
      () => this.#jump(any()),
      () => this.#cutLink(any()),
      () => this.#worsenLink(any()),
      () => this.#takeServerDown(),
      () => this.#fillServer(),
      () => this.#failDisk(node()),
      () => this.#refuseFile(node()),
      () => this.#slowDisk(node()),
      () => this.#crashReplica(node()),
      () => this.#retain(),
      ...(shape.isRepaired
        ? [() => this.#replaceDisk(node()), () => this.#damageFile(node())]
        : []),
    ];
    // Not all kinds in each world, so that some see long quiet times between those that they have.
    const chosen = all.filter(() => random.chance(0.5));
    this.#kinds = shape.cutsServer ? [...chosen, () => this.#cutServerPower()] : chosen;
    if (this.#kinds.length > 0) this.#next();
  }

  /** Nothing goes wrong any more, and what was wrong is mended. */
  heal(): void {
    this.#isOver = true;
    this.#trace.note('world', 'heals');
    this.#cluster.nats.heal();
    for (const place of this.#cluster.places) {
      place.process.fuse = undefined;
      place.connection.readFailure = undefined;
      if (this.#shape.isRepaired) place.wallOffsetMs = 0;
    }
    for (const { disk } of this.#cluster.nodes) {
      disk.cache.heal();
      disk.changeMs = 0;
    }
  }

  #next(): void {
    this.#time.after(this.#random.int(100, this.#shape.faultEveryMs), () => {
      if (this.#isOver) return;
      this.#random.pick(this.#kinds)();
      this.#next();
    });
  }

  /** Something is wrong for a while: `end` mends it. */
  #meanwhile(who: string, what: string, maxMs: number, end: () => void): void {
    const forMs = this.#random.int(100, maxMs);
    this.#trace.note(who, `${what} for ${forMs} ms`);
    this.#time.after(forMs, () => {
      if (!this.#isOver) end();
    });
  }

  #kill(place: Place<unknown>): void {
    place.restartMaxMs = this.#random.pick([200, 2_000, 20_000]);
    place.process.fuse = this.#random.int(0, FUSE_MAX);
    this.#trace.note(place.name, `will be killed after ${place.process.fuse} effects`);
  }

  /** The machine of a node: what was not on its disk is gone. */
  #cutPower(place: NodePlace): void {
    place.restartMaxMs = 5_000;
    place.process.die('power cut');
    this.#trace.note(place.name, `${place.disk.cutPower()} changes of the disk are lost`);
  }

  /** A node comes back with an empty disk. */
  #replaceDisk(place: NodePlace): void {
    place.restartMaxMs = 5_000;
    place.process.die('its disk broke');
    place.disk.replace();
  }

  /** A node comes back, and a file is not as it was written. */
  #damageFile(place: NodePlace): void {
    this.#cutPower(place);
    // What only one node had read before the log lost it, nobody else has: a copy of it that is damaged stays so.
    const path = this.#shape.cutsServer ? undefined : place.disk.damage();
    if (path === undefined) return;
    this.#cluster.losses.noteDamage(place.name, path);
    this.#trace.note(place.name, `${path} is damaged`);
  }

  #stop(place: Place<unknown>): void {
    if (place.process.isDead) return;
    this.#trace.note(place.name, 'is asked to stop');
    place.process.after(0, () => (place.running as { stop(): void }).stop());
  }

  #leave(place: NodePlace): void {
    const forMs = this.#random.int(100, 10_000);
    this.#trace.note(place.name, `is drained, and rejoins ${forMs} ms after it has left`);
    place.process.after(0, () => place.running.leave(forMs));
  }

  #pause(place: Place<unknown>): void {
    const forMs = this.#random.int(100, 30_000);
    this.#trace.note(place.name, `paused for ${forMs} ms`);
    place.process.pause(forMs);
  }

  #jump(place: Place<unknown>): void {
    const { jumpMaxMs } = this.#shape;
    place.wallOffsetMs = this.#random.int(-jumpMaxMs, jumpMaxMs);
    this.#trace.note(place.name, `its time of day is wrong by ${place.wallOffsetMs} ms`);
  }

  #cutLink(place: Place<unknown>): void {
    const link = this.#cluster.nats.link(place.name);
    link.isCut = true;
    this.#meanwhile(place.name, 'cut off from nats-server', 20_000, () => {
      link.isCut = false;
    });
  }

  #worsenLink(place: Place<unknown>): void {
    const link = this.#cluster.nats.link(place.name);
    link.loss = this.#random.pick([0, 0.1, 0.5]);
    link.delayMaxMs = this.#random.pick([50, 1_000, 8_000]);
    const what = `loses ${link.loss * 100} % and gets the rest up to ${link.delayMaxMs} ms late,`;
    this.#meanwhile(place.name, what, 20_000, () => {
      link.loss = 0;
      link.delayMaxMs = 5;
    });
  }

  #takeServerDown(): void {
    const { nats } = this.#cluster;
    nats.isDown = true;
    this.#meanwhile('nats', 'down', 15_000, () => {
      nats.isDown = false;
    });
  }

  /** The machine of nats-server: shard logs come back without what they acknowledged last. */
  #cutServerPower(): void {
    this.#takeServerDown();
    const { nats, losses } = this.#cluster;
    for (let shard = 0; shard < this.#shape.shardCount; shard++) {
      const stream = shardStream(shard);
      const log = nats.logs.get(stream);
      const lost = log?.cutBack(this.#random.int(0, CUT_MESSAGES_MAX)) ?? 0;
      if (log === undefined || lost === 0) continue;
      losses.noteCut(stream, log.last, this.#time.nowMs);
      this.#trace.note('nats', `${stream}: ${lost} messages are lost in a power cut`);
    }
  }

  #fillServer(): void {
    const { nats } = this.#cluster;
    nats.isFull = true;
    this.#meanwhile('nats', 'full', 10_000, () => {
      nats.isFull = false;
    });
  }

  #failDisk({ name, disk }: NodePlace): void {
    const code = this.#random.pick(DISK_FAULTS);
    const { cache } = disk;
    cache.refuseChanges(code);
    this.#meanwhile(name, `its disk refuses changes: ${code},`, 20_000, () => cache.heal());
  }

  #refuseFile({ name, disk }: NodePlace): void {
    const part = this.#random.pick(['sum', 'servers', 'checkpoint', 'tagged', '.wsp', 'creating']);
    const code = this.#random.pick(['EACCES', 'EIO', 'EMFILE']);
    const { cache } = disk;
    cache.refuse(code, ['write', 'open update', 'create', 'rename', 'read'], part);
    const what = `its disk refuses all with ${part}: ${code},`;
    this.#meanwhile(name, what, 20_000, () => cache.heal());
  }

  #slowDisk({ name, disk }: NodePlace): void {
    disk.changeMs = this.#random.pick([1, 20, 300]);
    this.#meanwhile(name, `${disk.changeMs} ms for each change of its disk,`, 20_000, () => {
      disk.changeMs = 0;
    });
  }

  #crashReplica({ name, connection }: NodePlace): void {
    this.#trace.note(name, 'a replica will crash');
    connection.readFailure = new Error(INJECTED_BUG);
  }

  #retain(): void {
    const { retentionMessages } = this.#shape;
    if (retentionMessages === undefined) return;
    for (const [stream, log] of this.#cluster.nats.logs) {
      const removed = stream.startsWith('SHARD_') ? log.keep(retentionMessages) : 0;
      if (removed > 0) this.#trace.note('nats', `${stream}: ${removed} messages removed`);
    }
  }
}
