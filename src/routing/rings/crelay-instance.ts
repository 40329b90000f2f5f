/** An instance as carbon-c-relay reads it: digits are a number, so `007` is `7`. */
export function crelayInstance(instance: string | null): string | null {
  return instance !== null && /^\d+$/.test(instance) ? String(BigInt(instance)) : instance;
}
