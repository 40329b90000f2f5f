const PROHIBITED = /[;!^=]/;

/** Why a name that `parseSeries` does not take is none, in the words of graphite-web; undefined for a name that it takes. */
export function tagFault(name: string): string | undefined {
  const [metric, ...segments] = name.split(';');
  const cannot = `Cannot parse path ${name}`;
  if (metric.replace(/^~+/, '') === '') return `${cannot}, no metric found`;
  for (const segment of segments) {
    const [, tag, value] = /^([^=]+)=(.*)$/s.exec(segment) ?? [];
    if (tag === undefined) return `${cannot}, invalid segment ${segment}`;
    const prohibited = PROHIBITED.exec(tag);
    if (prohibited !== null) return `Character "${prohibited[0]}" is not allowed in tag "${tag}"`;
    if (value === '') return `Value for tag "${tag}" may not be empty`;
    if (value.startsWith('~')) {
      return `Tag values are not allowed to start with "~" in tag "${tag}"`;
    }
  }
  return undefined;
}
