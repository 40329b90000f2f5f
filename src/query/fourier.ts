/** Complex numbers, as their real and their imaginary parts. */
export interface Complex {
  readonly re: Float64Array;
  readonly im: Float64Array;
}

/** The discrete Fourier transform, of any number of values, in n log n steps. */
export function fourier(values: Complex): Complex {
  const { length } = values.re;
  if (length < 2) return { re: values.re.slice(), im: values.im.slice() };
  return Number.isInteger(Math.log2(length)) ? radix2(values) : bluestein(values);
}

/** What `fourier` makes these values of. */
export function inverseFourier({ re, im }: Complex): Complex {
  const { length } = re;
  const swapped = fourier({ re: im, im: re });
  return { re: swapped.im.map((x) => x / length), im: swapped.re.map((x) => x / length) };
}

/** Cooley and Tukey, for powers of two. */
function radix2(values: Complex): Complex {
  const { length } = values.re;
  const re = new Float64Array(length);
  const im = new Float64Array(length);
  const bits = Math.log2(length);
  for (let i = 0; i < length; i++) {
    const from = reversedBits(i, bits);
    re[i] = values.re[from];
    im[i] = values.im[from];
  }
  for (let half = 1; half < length; half *= 2) {
    for (let k = 0; k < half; k++) {
      const [wr, wi] = [Math.cos((Math.PI * k) / half), -Math.sin((Math.PI * k) / half)];
      for (let i = k; i < length; i += 2 * half) {
        const j = i + half;
        const tr = re[j] * wr - im[j] * wi;
        const ti = re[j] * wi + im[j] * wr;
        re[j] = re[i] - tr;
        im[j] = im[i] - ti;
        re[i] += tr;
        im[i] += ti;
      }
    }
  }
  return { re, im };
}

function reversedBits(value: number, bits: number): number {
  let reversed = 0;
  for (let bit = 0; bit < bits; bit++) reversed |= ((value >> bit) & 1) << (bits - 1 - bit);
  return reversed;
}

/** Bluestein: a transform of any length as a convolution, by transforms of a power of two. */
function bluestein(values: Complex): Complex {
  const { length } = values.re;
  const chirp = complex(length);
  for (let i = 0; i < length; i++) {
    const angle = (Math.PI * ((i * i) % (2 * length))) / length;
    chirp.re[i] = Math.cos(angle);
    chirp.im[i] = -Math.sin(angle);
  }
  const size = 2 ** Math.ceil(Math.log2(2 * length - 1));
  const [a, b] = [complex(size), complex(size)];
  for (let i = 0; i < length; i++) {
    setProduct(a, values, chirp, i);
    b.re[i] = chirp.re[i];
    b.im[i] = -chirp.im[i];
    if (i > 0) {
      b.re[size - i] = b.re[i];
      b.im[size - i] = b.im[i];
    }
  }
  const [fa, fb, product] = [radix2(a), radix2(b), complex(size)];
  for (let i = 0; i < size; i++) setProduct(product, fa, fb, i);
  const convolved = inverseFourier(product);
  const result = complex(length);
  for (let i = 0; i < length; i++) setProduct(result, convolved, chirp, i);
  return result;
}

function complex(length: number): Complex {
  return { re: new Float64Array(length), im: new Float64Array(length) };
}

function setProduct(to: Complex, a: Complex, b: Complex, i: number): void {
  to.re[i] = a.re[i] * b.re[i] - a.im[i] * b.im[i];
  to.im[i] = a.re[i] * b.im[i] + a.im[i] * b.re[i];
}
