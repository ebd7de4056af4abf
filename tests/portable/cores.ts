// Which cores a runtime compiles: every way to compile WebAssembly is watched, and what passes is hashed. One file has to
// run everywhere, and this tells what was run rather than what lies in a folder.

/** Watches from now on; the answer gives the SHA-256 of each core compiled since. */
export function watchCores(): () => Promise<string[]> {
  const seen: Promise<ArrayBuffer>[] = [];
  const see = (from: unknown): void => {
    if (from instanceof Response) seen.push(from.clone().arrayBuffer());
    else if (ArrayBuffer.isView(from)) seen.push(Promise.resolve(new Uint8Array(from.buffer, from.byteOffset, from.byteLength).slice().buffer as ArrayBuffer)); // a copy is never shared
    else if (from instanceof ArrayBuffer) seen.push(Promise.resolve(from.slice(0)));
  };
  const { Module } = WebAssembly;
  WebAssembly.Module = new Proxy(Module, {
    construct(target, args: [BufferSource]) {
      see(args[0]);
      return new target(...args);
    },
  });
  for (const name of ["compile", "instantiate", "compileStreaming", "instantiateStreaming"] as const) {
    const real = WebAssembly[name] as ((...args: unknown[]) => unknown) | undefined; // an older runtime has no streaming
    if (real === undefined) continue;
    Object.defineProperty(WebAssembly, name, {
      configurable: true,
      writable: true,
      value: async (...args: unknown[]) => {
        const given = await args[0];
        see(given);
        return real.call(WebAssembly, given, ...args.slice(1));
      },
    });
  }
  return async () => {
    const hashes = (await Promise.all(seen)).map((bytes) => crypto.subtle.digest("SHA-256", bytes));
    return (await Promise.all(hashes)).map((hash) => Array.from(new Uint8Array(hash), (byte) => byte.toString(16).padStart(2, "0")).join(""));
  };
}
