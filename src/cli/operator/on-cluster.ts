import { type Command, InvalidArgumentError } from 'commander';
import { type Outside, settingsOf } from '../configuration.js';
import { natsAccess } from '../nats-access.js';
import type { Cluster } from './cluster.js';

/** What the commands need of the program that they are commands of. */
export interface OperatorContext {
  readonly outside: Outside;
  /** Value of `--config`. */
  readonly folder: () => string;
  readonly exit: (code: number) => void;
}

export interface OnCluster {
  json?: boolean;
  timeout: number;
}

const TIMEOUT_S = { min: 0.1, max: 3600 };

/** Gives a command the options of those that talk to a cluster. */
export function onCluster(command: Command, timeoutS: number): Command {
  return command.option(
    '--timeout <seconds>',
    'how long to wait for nats-server, and for each answer',
    numberIn(TIMEOUT_S),
    timeoutS,
  );
}

export function clusterOf({ outside, folder }: OperatorContext, { timeout }: OnCluster): Cluster {
  const settings = settingsOf(outside, folder());
  return { settings, access: natsAccess(outside, settings.nats), timeoutMs: timeout * 1000 };
}

export function numberIn({ min, max }: { min: number; max: number }): (text: string) => number {
  return (text) => {
    const number = Number(text);
    if (text.trim() !== '' && number >= min && number <= max) return number;
    throw new InvalidArgumentError(`a number from ${min} to ${max} is wanted`);
  };
}

/** Lines below a command's help. */
export function notes(...lines: string[]): string {
  return `\n${lines.join('\n')}`;
}
