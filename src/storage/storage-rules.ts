import { LiveRules, type ReadText, type RuleFile } from './live-rules.js';
import {
  type CreationRules,
  creationRules,
  StorageAggregation,
  StorageSchemas,
} from './schemas.js';

/** `storage-schemas.conf` and `storage-aggregation.conf`: what a new file gets. */
export type StorageRules = LiveRules<
  { readonly schemas: StorageSchemas; readonly aggregation: StorageAggregation },
  CreationRules
>;

interface Sections {
  readonly schemas: readonly { readonly name: string; readonly pattern: string | undefined }[];
  readonly warnings: readonly string[];
}

/** Errors: as those of `LiveRules`; `storage-schemas.conf` has to be there, a missing aggregation file means the defaults. */
export function storageRules(folder: string, read: ReadText): StorageRules {
  return new LiveRules({
    folder,
    read,
    files: {
      schemas: {
        name: 'storage-schemas.conf',
        ...sectioned(StorageSchemas.parse),
      },
      aggregation: {
        name: 'storage-aggregation.conf',
        ...sectioned(StorageAggregation.parse),
      },
    },
    combine: ({ schemas, aggregation }) => creationRules(schemas, aggregation),
  });
}

/** The built-in last section, which has no pattern, never changes. */
function sectioned<T extends Sections>(
  parse: (text: string | undefined) => T,
): Omit<RuleFile<T>, 'name'> {
  return {
    parse,
    entries: ({ schemas }) =>
      schemas
        .filter(({ pattern }) => pattern !== undefined)
        .map((section) => [section.name, JSON.stringify(section)]),
  };
}
