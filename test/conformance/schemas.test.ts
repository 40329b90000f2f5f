import { expect } from 'chai';
import {
  type CreationRules,
  creationRules,
  StorageAggregation,
  StorageSchemas,
} from '../../src/storage/schemas.js';
import type { ArchiveSpec } from '../../src/storage/whisper/archives.js';
import { parseCarbonRetention, parseRetention } from '../../src/storage/whisper/retention.js';
import { conformance, number } from '../support/conformance.js';

type Pair = [number, number];

interface SchemaFields {
  archives?: Pair[];
  xFilesFactor?: number | null;
  aggregationMethod?: string | null;
}

interface SchemasRow {
  kind: 'storage-schemas' | 'storage-aggregation' | 'effective-create';
  text: string | null;
  schemas_text?: string;
  aggregation_text?: string;
  error?: object;
  log_lines?: number;
  schemas?: (SchemaFields & { name: string; pattern: string | null })[];
  matches?: (SchemaFields & { metric: string; schema: string; create_error?: object })[];
}

interface RetentionRow {
  input: string;
  whisper: { ok?: [unknown, unknown] };
  carbon: { ok?: [unknown, unknown] };
}

conformance<SchemasRow>('schemas/cases.jsonl', (row) => {
  if (row.kind === 'effective-create') return checkEffective(row);
  const text = row.text ?? undefined;
  const parse = () =>
    row.kind === 'storage-schemas' ? StorageSchemas.parse(text) : StorageAggregation.parse(text);
  if (row.error !== undefined) {
    expect(parse).to.throw();
    return;
  }
  checkSections(row, parse());
});

conformance<RetentionRow>('schemas/retention_strings.jsonl', ({ input, whisper, carbon }) => {
  checkRetention(() => parseRetention(input), whisper.ok);
  checkRetention(() => parseCarbonRetention(input), carbon.ok);
});

function checkSections(row: SchemasRow, parsed: StorageSchemas | StorageAggregation): void {
  const expected = (row.schemas ?? []).map((schema) => ({
    ...schema,
    pattern: schema.pattern ?? undefined,
  }));
  const schemas = parsed.schemas.map((schema) => ({
    name: schema.name,
    pattern: schema.pattern,
    ...fields(schema),
  }));
  expect(schemas).to.deep.equal(expected);
  for (const { metric, schema, ...rest } of row.matches ?? []) {
    const found = parsed.match(metric);
    expect({ schema: found.name, ...fields(found) }, metric).to.deep.equal({ schema, ...rest });
  }
  if (row.log_lines !== undefined)
    expect(parsed.warnings.filter(isLoggedByCarbon)).to.have.length(row.log_lines);
}

/** Carbon says nothing of a section that it does not see. */
function isLoggedByCarbon(warning: string): boolean {
  return !warning.includes('stands behind its header');
}

function fields(
  schema: StorageSchemas['schemas'][number] | StorageAggregation['schemas'][number],
): SchemaFields {
  return 'archives' in schema
    ? { archives: pairs(schema.archives) }
    : { xFilesFactor: schema.xFilesFactor ?? null, aggregationMethod: schema.method ?? null };
}

function checkEffective(row: SchemasRow): void {
  const rules: CreationRules = creationRules(
    StorageSchemas.parse(row.schemas_text),
    StorageAggregation.parse(row.aggregation_text),
  );
  for (const { metric, archives, xFilesFactor, aggregationMethod } of row.matches ?? []) {
    const rule = rules.match(metric);
    expect(pairs(rule.archives), metric).to.deep.equal(archives);
    expect(rule.xFilesFactor, metric).to.equal(xFilesFactor);
    expect(rule.method, metric).to.equal(aggregationMethod);
  }
}

function checkRetention(parse: () => ArchiveSpec, ok: [unknown, unknown] | undefined): void {
  if (ok === undefined) expect(parse).to.throw();
  else expect(pairs([parse()])[0]).to.deep.equal(ok.map(number));
}

function pairs(archives: readonly ArchiveSpec[]): Pair[] {
  return archives.map(({ secondsPerPoint, points }) => [secondsPerPoint, points]);
}
