import { CarbonbusError } from '../../errors.js';

/** @throws CarbonbusError `NOT_WANTED` */
export function checkWanted(isWanted: (() => boolean) | undefined): void {
  if (isWanted?.() === false) throw new CarbonbusError('NOT_WANTED', 'nobody waits for the answer');
}
