import { type PickleFault, PickleMachine } from './pickle-machine.js';
import { OPCODES } from './pickle-opcodes.js';
import type { PickleValue } from './pickle-values.js';

/** What a pickle held, or why it was refused. */
export type Unpickled =
  | { value: PickleValue; fault: undefined }
  | { value: undefined; fault: PickleFault };

/** More than a frame of carbon's pickle receiver can push. */
export const OBJECTS_MAX = 1 << 20;

/**
 * Decodes a pickle of protocol 0 to 5 that holds data only. Every global is refused and nothing is ever
 * called, imported or looked up: the result is plain data, whatever the bytes. Bytes after STOP are ignored.
 * Python 2 strings decode as UTF-8. Byte strings are views of `bytes`. The result may be cyclic.
 */
export function decodePickle(bytes: Uint8Array, objectsMax = OBJECTS_MAX): Unpickled {
  const machine = new PickleMachine(bytes, objectsMax);
  while (machine.result === undefined && machine.fault === undefined) {
    const opcode = OPCODES[bytes[machine.p++]];
    if (opcode) opcode(machine);
    else machine.fail('malformed');
  }
  if (machine.fault) return { value: undefined, fault: machine.fault };
  return { value: machine.result as PickleValue, fault: undefined };
}
