import { type Files, isMissing } from '../../../storage/files.js';
import type { WallTime } from './strftime.js';
import { ZoneFile } from './zone-file.js';

const ZONES_FOLDER = '/usr/share/zoneinfo';

/** What the clocks of this machine, or of the zone that `TZ` names, show at an instant. */
export type LocalTime = (epochS: number) => WallTime;

/** @param zoneName value of `TZ` */
export function localTime(files: Files, zoneName: string | undefined): LocalTime {
  let zoneFile: ZoneFile | undefined | null = null;
  const abbreviation = (epochS: number, offsetS: number): string => {
    if (zoneFile === null) zoneFile = readZone(files, zoneName);
    return zoneFile?.abbreviation(epochS, offsetS) ?? (offsetS === 0 ? 'UTC' : '');
  };
  return (epochS) => {
    const date = new Date(epochS * 1000);
    const offsetS = -date.getTimezoneOffset() * 60;
    return {
      epochS,
      year: date.getFullYear(),
      month: date.getMonth() + 1,
      day: date.getDate(),
      hour: date.getHours(),
      minute: date.getMinutes(),
      second: date.getSeconds(),
      offsetS,
      zone: () => abbreviation(epochS, offsetS),
    };
  };
}

/** Undefined where the time zone database is not installed. */
function readZone(files: Files, zoneName: string | undefined): ZoneFile | undefined {
  const path = zoneName ? `${ZONES_FOLDER}/${zoneName.replace(/^:/, '')}` : '/etc/localtime';
  try {
    return ZoneFile.parse(files.readAll(path));
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}
