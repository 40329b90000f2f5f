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

process.exitCode = await carbonbusProgram({ argv: process.argv, env: process.env, read });
process.exit();
