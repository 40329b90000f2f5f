import { resolve } from 'node:path';
import { EXIT_CONFIGURATION } from '../actors/supervision/child-messages.js';
import { systemClock } from '../edge/clock.js';
import { processLogger } from '../edge/logger.js';
import { errorText } from '../errors.js';
import type { Role } from '../protocols/messages.js';
import { runRole } from '../roles/run.js';
import { nodeFiles } from '../storage/node-files.js';
import {
  type CreationRules,
  creationRules,
  StorageAggregation,
  StorageSchemas,
} from '../storage/schemas.js';
import { Exit, natsAccess, type Outside, settingsOf } from './configuration.js';

/** Reads the configuration and runs a role with it in this process. Resolves with the exit code. */
export function runConfigured(
  outside: Outside,
  folder: string,
  role: Role,
  name: string,
): Promise<number> {
  const section = role === 'node' ? 'cache' : role;
  const settings = settingsOf(outside, folder, `${section}:${name}`);
  const rules = creationRulesOf(outside, folder);
  return runRole({
    role,
    name,
    settings,
    dataFolder: resolve(settings.cache.localDataDir),
    logger: processLogger(role, name, outside.env.LOG_LEVEL ?? 'info'),
    clock: systemClock,
    files: nodeFiles,
    rules: () => rules,
    access: natsAccess(outside, settings.nats),
  });
}

/** Reads the two storage files. A missing aggregation file means the defaults; a missing schemas file is an error. */
function creationRulesOf(outside: Outside, folder: string): CreationRules {
  const schemasPath = `${folder}/storage-schemas.conf`;
  const aggregationPath = `${folder}/storage-aggregation.conf`;
  const schemas = parse(schemasPath, outside.read(schemasPath), StorageSchemas.parse);
  const aggregationText = outside.read(aggregationPath) ?? '';
  const aggregation = parse(aggregationPath, aggregationText, StorageAggregation.parse);
  for (const warning of [...schemas.warnings, ...aggregation.warnings]) {
    process.stderr.write(`warning: ${warning}\n`);
  }
  return creationRules(schemas, aggregation);
}

function parse<T>(path: string, text: string | undefined, read: (text: string) => T): T {
  try {
    if (text === undefined)
      throw new Error('no such file; carbonbus needs it to make whisper files');
    return read(text);
  } catch (error) {
    process.stderr.write(`error: ${path}: ${errorText(error)}\n`);
    throw new Exit(EXIT_CONFIGURATION);
  }
}
