import type { SlotRange } from '../../protocols/repair-messages.js';
import { slotsOf } from './differing.js';

/** So many names at a time. */
export function* chunksOf(names: readonly string[], size: number): Generator<string[]> {
  for (let at = 0; at < names.length; at += size) yield names.slice(at, at + size);
}

/** As many ranges at a time as have `most` slots together; a single one may have more. */
export function* upToSlots(ranges: readonly SlotRange[], most: number): Generator<SlotRange[]> {
  let some: SlotRange[] = [];
  let slots = 0;
  for (const range of ranges) {
    if (some.length > 0 && slots + slotsOf(range) > most) {
      yield some;
      some = [];
      slots = 0;
    }
    some.push(range);
    slots += slotsOf(range);
  }
  if (some.length > 0) yield some;
}
