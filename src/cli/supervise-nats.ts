import { EXIT_CONFIGURATION } from '../actors/supervision/child-messages.js';
import type { Settings } from '../config/settings.js';
import { natsPasswords } from '../edge/nats-passwords.js';
import { prepareNatsServer } from '../edge/nats-server.js';
import { CarbonbusError } from '../errors.js';
import { privateFiles } from '../storage/private-files.js';
import type { Outside } from './configuration.js';
import { say, supervise } from './supervise.js';

/** Runs nats-server, and restarts it when it dies. */
export async function superviseNats(
  outside: Outside,
  settings: Settings,
  name: string,
): Promise<number> {
  try {
    return await supervise(
      await prepareNatsServer({
        name,
        settings,
        passwords: natsPasswords(settings.nats, privateFiles),
        env: outside.env,
        files: privateFiles,
        log: say,
      }),
    );
  } catch (error) {
    if (!(error instanceof CarbonbusError)) throw error;
    say(error.message);
    return EXIT_CONFIGURATION;
  }
}
