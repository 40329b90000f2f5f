/** The functions that a module exports: whole numbers of 32 bits in and out. */
type Functions = Record<string, (...operands: number[]) => number>;

/** As much of the standard WebAssembly interface as is used here; the compiler's libraries for Node have none. */
declare const WebAssembly: {
  Module: new (bytes: Uint8Array<ArrayBuffer>) => object;
  Instance: new (
    module: object,
  ) => {
    readonly exports: { readonly memory: { readonly buffer: ArrayBuffer } };
  };
};

/** A module with a memory of its own, which never grows: views of it stay good. */
export function instantiate(program: Uint8Array<ArrayBuffer>): {
  readonly buffer: ArrayBuffer;
  readonly functions: Functions;
} {
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(program));
  return { buffer: exports.memory.buffer, functions: exports as unknown as Functions };
}
