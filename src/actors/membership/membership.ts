import { errorText } from '../../errors.js';
import type { Heartbeat, Role } from '../../protocols/heartbeat.js';
import { type ClusterLayout, clusterLayoutDifference } from '../../protocols/layout.js';
import { HEARTBEAT_SUBJECT } from '../../protocols/subjects.js';
import type { Bus } from '../ports/bus.js';
import type { Cancel, Clock } from '../ports/clock.js';
import type { Logger } from '../ports/logger.js';
import { readHeartbeat } from './heartbeats.js';
import { createMemberMachine, type MemberMachine } from './member.machine.js';

export type MemberState = 'unknown' | 'up' | 'suspect' | 'down' | 'rejoining';

export interface Member {
  role: Role;
  name: string;
  state: MemberState;
  /** The newest heartbeat, or undefined while none has come. */
  last: Heartbeat | undefined;
  /** When that came, monotonic; 0 while none has. */
  heardAtMs: number;
}

interface TrackedMember extends Member {
  machine: MemberMachine;
  /** Of the heartbeats before those of the present incarnation. */
  incarnationBefore: number | undefined;
  /** The newest incarnation of a process that was named for having another one's name. */
  named: number;
}

/** Processes that are forgotten once they are down this long and were never configured (old relays, apis). */
const FORGET_AFTER_MS = 600_000;
/** More processes than this are not tracked: heartbeats are somebody else's input. */
const MEMBERS_MAX = 1_000;

/** The processes of the cluster as their heartbeats, or the lack of them, show them. */
export class Membership {
  malformedHeartbeats = 0;
  /** Heartbeats of processes that are not tracked, since there are too many of them. */
  untrackedHeartbeats = 0;
  /** Another number after each change of what is known of a member. */
  version = 0;
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #heartbeatIntervalMs: number;
  readonly #layout: ClusterLayout | undefined;
  readonly #configured: ReadonlySet<string>;
  readonly #members = new Map<string, TrackedMember>();
  readonly #unsubscribe: Cancel;

  /** @param nodes names of the configured nodes, which are members even before they are heard of */
  constructor(options: {
    bus: Bus;
    clock: Clock;
    log: Logger;
    heartbeatIntervalMs: number;
    nodes: readonly string[];
    /** As this process is configured; those that say otherwise are named in the log. */
    layout?: ClusterLayout;
  }) {
    this.#clock = options.clock;
    this.#log = options.log;
    this.#heartbeatIntervalMs = options.heartbeatIntervalMs;
    this.#layout = options.layout;
    this.#configured = new Set(options.nodes);
    for (const name of options.nodes) this.#track('node', name);
    this.#unsubscribe = options.bus.subscribe(HEARTBEAT_SUBJECT, (bytes) => this.#hear(bytes));
  }

  /** All members of a role, by name. */
  ofRole(role: Role): Member[] {
    return [...this.#members.values()]
      .filter((member) => member.role === role)
      .sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  member(role: Role, name: string): Member | undefined {
    return this.#members.get(`${role}/${name}`);
  }

  stop(): void {
    this.#unsubscribe();
    for (const member of this.#members.values()) member.machine.stop();
  }

  #hear(bytes: Uint8Array): void {
    let heartbeat: Heartbeat;
    try {
      heartbeat = readHeartbeat(bytes);
    } catch (error) {
      if (this.malformedHeartbeats++ === 0) {
        this.#log.warn({ error: errorText(error) }, 'a broken heartbeat');
      }
      return;
    }
    this.#forgetOld();
    if (this.#members.size >= MEMBERS_MAX && !this.member(heartbeat.role, heartbeat.name)) {
      this.untrackedHeartbeats++;
      return;
    }
    const member = this.#track(heartbeat.role, heartbeat.name);
    this.#compareLayout(member, heartbeat);
    this.#compareIncarnation(member, heartbeat);
    member.last = heartbeat;
    this.version++;
    member.heardAtMs = this.#clock.monotonicMs();
    const type = heartbeat.state === 'live' ? 'heartbeatLive' : 'heartbeatBusy';
    member.machine.send({ type });
    if (heartbeat.state === 'left') this.#forget(member);
  }

  /** Once for each start of a process: placed by another layout, points would be looked for elsewhere. */
  #compareLayout({ last }: Member, { role, name, layout, incarnation }: Heartbeat): void {
    if (this.#layout === undefined || last?.incarnation === incarnation) return;
    const difference = layout && clusterLayoutDifference(this.#layout, layout);
    if (difference === undefined) return;
    this.#log.error({ role, name, difference }, 'a process is configured for another layout');
  }

  /** What was started again is not heard any more. Both would answer for the other one, and nodes read the same logs. */
  #compareIncarnation(member: TrackedMember, { role, name, incarnation, pid }: Heartbeat): void {
    const { last, incarnationBefore } = member;
    if (last === undefined || last.incarnation === incarnation) return;
    member.incarnationBefore = last.incarnation;
    const newest = Math.max(last.incarnation, incarnation);
    if (incarnation !== incarnationBefore || newest === member.named) return;
    member.named = newest;
    const pids = [last.pid, pid];
    this.#log.error({ role, name, pids }, 'two processes have this name: give one another --name');
  }

  #track(role: Role, name: string): TrackedMember {
    const key = `${role}/${name}`;
    const known = this.#members.get(key);
    if (known) return known;
    const machine = createMemberMachine(key, this.#heartbeatIntervalMs, this.#clock);
    this.version++;
    const member: TrackedMember = {
      role,
      name,
      state: 'unknown',
      last: undefined,
      heardAtMs: 0,
      machine,
      incarnationBefore: undefined,
      named: 0,
    };
    machine.subscribe(({ value }) => this.#changed(member, value));
    machine.start();
    this.#members.set(key, member);
    return member;
  }

  #changed(member: TrackedMember, state: MemberState): void {
    if (state === member.state) return;
    this.#log.info({ member: member.name, role: member.role, was: member.state, state }, 'member');
    member.state = state;
    this.version++;
  }

  /** Configured nodes stay members whatever they do: a node that is down keeps its place. */
  #forget(member: TrackedMember): void {
    if (member.role === 'node' && this.#configured.has(member.name)) return;
    member.machine.stop();
    this.version++;
    this.#members.delete(`${member.role}/${member.name}`);
  }

  #forgetOld(): void {
    const before = this.#clock.monotonicMs() - FORGET_AFTER_MS;
    for (const member of this.#members.values()) {
      if (member.state === 'down' && member.heardAtMs < before) this.#forget(member);
    }
  }
}
