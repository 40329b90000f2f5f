import type { DependencyContainer } from 'tsyringe';
import { registerBus } from '../../src/composition/bus.js';
import { registerReceivers } from '../../src/composition/receivers.js';
import { registerRelay } from '../../src/composition/relay.js';
import { type Given, LOG_WRITER } from '../../src/composition/tokens.js';
import { loadSettings } from '../../src/config/settings.js';
import { compose } from '../../src/container.js';
import { relayRules } from '../../src/storage/relay-rule-files.js';
import type { FakeLogWriter } from './fake-log-writer.js';
import { FakeLogger } from './fake-logger.js';
import type { SimulatedClock } from './simulated-clock.js';

/** A process as relays are composed, of this name and with default settings, before a log that is not real. */
export function composed(
  name: string,
  { log, clock }: { log: FakeLogWriter; clock: SimulatedClock },
): DependencyContainer {
  const loaded = loadSettings({ folder: 'conf', env: {}, read: () => '' });
  if ('errors' in loaded) throw new Error(loaded.errors.join('\n'));
  const given: Partial<Given> = {
    settings: loaded.settings,
    name,
    clock,
    logger: new FakeLogger(),
    relayRules: relayRules('conf', () => undefined, false),
  };
  const container = compose(given as Given, [registerBus, registerRelay, registerReceivers]);
  container.register(LOG_WRITER, { useValue: log });
  return container;
}
