import type { DependencyContainer } from 'tsyringe';
import type { Given, Part } from '../composition/tokens.js';
import type { Role } from '../protocols/heartbeat.js';

/** The section of the settings that a role reads besides those of all, and the kind of its own section. */
export const SECTIONS = {
  node: 'cache',
  relay: 'relay',
  forwarder: 'relay',
  api: 'api',
} as const satisfies Record<Role, string>;

/** A role of carbonbus at work in this process. */
export interface RunningRole {
  /** Finishes what was accepted, then closes everything. Bounded in time. */
  stop(): Promise<void>;
  /** Rejects when the role cannot go on and the process has to start again. */
  failed: Promise<never>;
}

/** What is known of a process before it has a connection. */
export type Known = Pick<Given, 'name' | 'settings' | 'files' | 'dataFolder'>;

/** What a role is composed of, and what starts it. */
export interface RoleProgram {
  /** Throws what settings and disk alone show to be wrong, before nats-server is waited for. */
  readonly check?: (given: Known) => void;
  /** Whether there may be one process of a name, which has the folder of that name to itself. */
  readonly isOnly?: true;
  readonly parts: readonly Part[];
  start(container: DependencyContainer): Promise<RunningRole>;
}

/** A promise that is never settled: for roles that cannot fail as a whole. */
export const NEVER: Promise<never> = new Promise(() => undefined);
