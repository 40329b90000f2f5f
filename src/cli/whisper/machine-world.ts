import { systemClock } from '../../edge/clock.js';
import { nodeFiles, realPath } from '../../storage/node-files.js';
import { writeOut } from '../output.js';
import type { ToolWorld } from './run-tool.js';

/** The tools on this machine. */
export function toolWorld(zoneName: string | undefined): ToolWorld {
  return {
    files: nodeFiles,
    nowS: Math.floor(systemClock.nowMs() / 1000),
    zoneName,
    realPath,
    write: writeOut,
    isTerminal: process.stdout.isTTY === true,
    complain: (line) => process.stderr.write(`${line}\n`),
  };
}
