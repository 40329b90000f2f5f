#!/usr/bin/env node
import { readFileSync } from 'node:fs';
import { carbonbusProgram } from './cli/program.js';
import { errorCode } from './errors.js';

/** The text of a file, or undefined when there is no such file. */
function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}

/** From the package that this program lies in. */
function version(): string {
  const path = new URL('../../package.json', import.meta.url);
  return (JSON.parse(readFileSync(path, 'utf8')) as { version: string }).version;
}

const { argv, env } = process;
process.exitCode = await carbonbusProgram({ argv, env, read, version: version() });
process.exit();
