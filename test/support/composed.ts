import type { DependencyContainer } from 'tsyringe';
import { type Given, LOG_WRITER } from '../../src/composition/tokens.js';
import { loadSettings } from '../../src/config/settings.js';
import { compose } from '../../src/container.js';
import { relayRules } from '../../src/storage/relay-rule-files.js';
import type { FakeLogWriter } from './fake-log-writer.js';
import { FakeLogger } from './fake-logger.js';
import type { SimulatedClock } from './simulated-clock.js';

/** A process as it is composed, of this name and with default settings, before a log that is not real. */
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
  const container = compose(given as Given);
  container.register(LOG_WRITER, { useValue: log });
  return container;
}
