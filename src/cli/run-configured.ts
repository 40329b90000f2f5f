import { resolve } from 'node:path';
import { EXIT_CONFIGURATION } from '../actors/supervision/child-messages.js';
import { type Settings, settingsPath } from '../config/settings.js';
import { systemClock } from '../edge/clock.js';
import { LOG_LEVELS, type LogLevel, processLogger } from '../edge/logger.js';
import { errorText } from '../errors.js';
import type { Role } from '../protocols/heartbeat.js';
import { SECTIONS } from '../roles/role.js';
import { runRole } from '../roles/run.js';
import { nodeFiles } from '../storage/node-files.js';
import { readTokens } from '../storage/read-token-file.js';
import { relayRules } from '../storage/relay-rule-files.js';
import { storageRules } from '../storage/storage-rules.js';
import { complain, Exit, load, type Outside, settingsOf } from './configuration.js';
import { natsAccess } from './nats-access.js';
import { SettingsWatch } from './settings-watch.js';

/** How often a process looks whether carbon.conf was edited. */
const SETTINGS_WATCH_MS = 10_000;

/** Reads the configuration and runs a role with it in this process. Resolves with the exit code. */
export async function runConfigured(
  outside: Outside,
  folder: string,
  role: Role,
  name: string,
): Promise<number> {
  const instance = `${SECTIONS[role]}:${name}`;
  const settings = settingsOf(outside, folder, instance);
  const rules = loaded(() => storageRules(folder, outside.read));
  const useLists = settings.relay.useWhitelist;
  const liveRelayRules = loaded(() => relayRules(folder, outside.read, useLists));
  const liveReadTokens = loaded(() => readTokens(folder, outside.read, settings.api.readTokens));
  const routing = role === 'forwarder' ? await routingOf(outside, folder, settings) : undefined;
  const logger = processLogger(role, name, logLevel(outside));
  new SettingsWatch({
    read: () => outside.read(settingsPath(folder)),
    load: () => load(outside, folder, instance),
    sections: ['cluster', 'nats', 'cache', SECTIONS[role]],
    clock: systemClock,
    log: logger,
    intervalMs: SETTINGS_WATCH_MS,
  });
  return runRole({
    role,
    name,
    version: outside.version,
    settings,
    dataFolder: resolve(settings.cache.localDataDir),
    logger,
    clock: systemClock,
    files: nodeFiles,
    rules,
    relayRules: liveRelayRules,
    readTokens: liveReadTokens,
    destinationRouting: routing,
    access: natsAccess(outside, settings.nats),
  });
}

/** How the points of a forwarder find their destinations, where it has some. */
async function routingOf({ read }: Outside, folder: string, { relay }: Settings) {
  if (relay.destinations.length === 0) return undefined;
  const { destinationRouting } = await import('../storage/destination-rule-files.js');
  return loaded(() => destinationRouting(folder, read, relay));
}

/** In small letters or capitals; an empty one is as good as none. */
function logLevel({ env }: Outside): LogLevel {
  const text = env.LOG_LEVEL || 'info';
  const level = LOG_LEVELS.find((one) => one === text.toLowerCase());
  if (level !== undefined) return level;
  complain('error', [`environment: LOG_LEVEL = ${text}: must be one of ${LOG_LEVELS.join(', ')}`]);
  throw new Exit(EXIT_CONFIGURATION);
}

/** Rule files, or the reason why they cannot be. */
function loaded<T extends { readonly warnings: readonly string[] }>(load: () => T): T {
  try {
    const rules = load();
    complain('warning', rules.warnings);
    return rules;
  } catch (error) {
    complain('error', errorText(error).split('\n'));
    throw new Exit(EXIT_CONFIGURATION);
  }
}
