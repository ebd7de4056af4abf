// How the bundlers of edge runtimes import WebAssembly: as a module that is compiled and not yet instantiated.
declare module "*.wasm" {
  const module: WebAssembly.Module;
  export default module;
}
declare module "*.wasm?module" {
  const module: WebAssembly.Module;
  export default module;
}
