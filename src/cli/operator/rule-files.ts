import type { Settings } from '../../config/settings.js';
import { errorCode, errorText } from '../../errors.js';
import { NameList } from '../../routing/rules/name-lists.js';
import { Quotas } from '../../routing/rules/quotas.js';
import { RewriteRules } from '../../routing/rules/rewrite-rules.js';
import { StorageAggregation, StorageSchemas } from '../../storage/schemas.js';
import type { Outside } from '../configuration.js';

/** What is to be said about one file; each line names it. */
export interface FileReview {
  readonly errors: readonly string[];
  readonly warnings: readonly string[];
}

/** A file of rules beside carbon.conf. */
export interface RuleFile {
  review(outside: Outside, folder: string): FileReview;
}

/** Reads a text, or says all that is wrong with it by throwing; lines begin with `line 3: `. */
type Parse = (text: string | undefined) => { readonly warnings: readonly string[] };

/** Every file of rules that a process with these settings reads. */
export function ruleFiles(settings: Settings | undefined): RuleFile[] {
  const lists = [
    ruleFile('blacklist.conf', NameList.parse),
    ruleFile('whitelist.conf', NameList.parse),
  ];
  return [
    ruleFile('storage-schemas.conf', StorageSchemas.parse),
    ruleFile('storage-aggregation.conf', StorageAggregation.parse),
    ...(settings?.relay.useWhitelist ? lists : []),
    ruleFile('rewrite-rules.conf', RewriteRules.parse),
    ruleFile('quotas.conf', Quotas.parse),
  ];
}

function ruleFile(name: string, parse: Parse): RuleFile {
  return {
    review: ({ read }, folder) => {
      const path = `${folder}/${name}`;
      try {
        const { warnings } = parse(read(path));
        return { errors: [], warnings: placed(path, warnings) };
      } catch (error) {
        if (errorCode(error) === undefined) throw error;
        return { errors: placed(path, errorText(error).split('\n')), warnings: [] };
      }
    },
  };
}

/** `line 3: ...` of a file as `file:3: ...`. */
function placed(path: string, lines: readonly string[]): string[] {
  return lines.map((line) => {
    const numbered = /^line (\d+): (.*)$/.exec(line);
    return numbered === null ? `${path}: ${line}` : `${path}:${numbered[1]}: ${numbered[2]}`;
  });
}
