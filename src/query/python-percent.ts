import { quoted } from './bad-request.js';
import { refuse } from './evaluation-refusal.js';
import { pythonFloat } from './python-float.js';
import { formatD, formatE, formatF, formatG } from './python-format.js';

const CONVERSION = /%(?:%|([#0\- +]*)(\d+)?(?:\.(\d*))?[hlL]?([a-zA-Z]))/g;
/** Wider and more exact ones are for nobody. */
const WIDTH_MAX = 100;

/**
 * Python's `template % value` of one float: `%d`, `%.2f`, `%-8g`, `%s`, and `%%` for a percent sign. What
 * Python refuses, among it a template that does not use the value exactly once, is refused.
 */
export function formatPercent(template: string, value: number): string {
  const rest = template.replace(CONVERSION, '');
  const uses = [...template.matchAll(CONVERSION)].filter(([text]) => text !== '%%').length;
  if (rest.includes('%') || uses !== 1)
    refuse(`${quoted(template)} must have one place for a value, such as %d, and %% for a %`);
  return template.replace(CONVERSION, (text, flags = '', width = '', digits, letter) => {
    if (text === '%%') return '%';
    const [columns, precision] = [Number(width), digits === undefined ? undefined : Number(digits)];
    if (columns > WIDTH_MAX || (precision ?? 0) > WIDTH_MAX)
      refuse(`${quoted(text)} asks for more than ${WIDTH_MAX} characters`);
    return padded(signed(converted(letter, value, precision), flags), flags, columns, letter);
  });
}

function converted(letter: string, value: number, precision: number | undefined): string {
  switch (letter) {
    case 'd':
    case 'i':
    case 'u':
      if (!Number.isFinite(value)) return refuse(`an infinite value has no form %${letter}`);
      return formatD(value).replace(/\d+/, (digits) => digits.padStart(precision ?? 0, '0'));
    case 'f':
    case 'F':
      return formatF(value, precision);
    case 'e':
      return formatE(value, precision);
    case 'E':
      return formatE(value, precision).toUpperCase();
    case 'g':
      return formatG(value, Math.max(1, precision ?? 6));
    case 'G':
      return formatG(value, Math.max(1, precision ?? 6)).toUpperCase();
    case 's':
    case 'r':
    case 'a':
      return (Number.isFinite(value) ? pythonFloat(value) : formatG(value)).slice(0, precision);
    default:
      return refuse(`%${letter} is no form for a value: use %d, %f, %g or %s`);
  }
}

function signed(text: string, flags: string): string {
  if (text.startsWith('-')) return text;
  if (flags.includes('+')) return `+${text}`;
  return flags.includes(' ') ? ` ${text}` : text;
}

function padded(text: string, flags: string, columns: number, letter: string): string {
  if (flags.includes('-')) return text.padEnd(columns);
  const isZeroed = flags.includes('0') && !'sra'.includes(letter);
  if (!isZeroed) return text.padStart(columns);
  const sign = /^[-+ ]/.exec(text)?.[0] ?? '';
  return sign + text.slice(sign.length).padStart(columns - sign.length, '0');
}
