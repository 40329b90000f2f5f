/**
 * The high 32 bits of the unsigned product of two 32-bit integers (`Math.imul` gives the low ones), by
 * 16-bit halves, so that no step leaves int32 arithmetic.
 */
export function highProduct(a: number, b: number): number {
  const aTop = a >>> 16;
  const aBottom = a & 0xffff;
  const bTop = b >>> 16;
  const bBottom = b & 0xffff;
  const outer = Math.imul(aTop, bBottom);
  const inner = Math.imul(aBottom, bTop);
  const middle = (Math.imul(aBottom, bBottom) >>> 16) + (outer & 0xffff) + (inner & 0xffff);
  return (Math.imul(aTop, bTop) + (outer >>> 16) + (inner >>> 16) + (middle >>> 16)) | 0;
}
