/** The functions that a module exports: whole numbers of 32 bits in and out. */
export type Functions = Record<string, (...operands: number[]) => number>;

/** As much of the standard WebAssembly interface as is used here; the compiler's libraries for Node have none. */
declare const WebAssembly: {
  Module: new (bytes: Uint8Array<ArrayBuffer>) => object;
  Instance: new (
    module: object,
  ) => {
    readonly exports: { readonly memory: { readonly buffer: ArrayBuffer } };
  };
};

/** So many compiled programs are kept; a process has fewer kinds of kernels. */
const COMPILED_MAX = 16;
/** Programs and what they were compiled to, which takes milliseconds: instances share it. */
const compiled: { program: Uint8Array; module: object }[] = [];

/** A module with a memory of its own, which never grows: views of it stay good. */
export function instantiate(program: Uint8Array<ArrayBuffer>): {
  readonly buffer: ArrayBuffer;
  readonly functions: Functions;
} {
  const { exports } = new WebAssembly.Instance(moduleOf(program));
  return { buffer: exports.memory.buffer, functions: exports as unknown as Functions };
}

function moduleOf(program: Uint8Array<ArrayBuffer>): object {
  const known = compiled.find((one) => Buffer.compare(one.program, program) === 0);
  if (known !== undefined) return known.module;
  const module = new WebAssembly.Module(program);
  if (compiled.push({ program, module }) > COMPILED_MAX) compiled.shift();
  return module;
}
