// The Pythons that have PyTorch: BRINE_TORCH_PYTHON names the newest, BRINE_TORCH_OLD_PYTHON one with 1.13.

/** Those that are named. */
export function pythonsWithTorch(): string[] {
  return [process.env["BRINE_TORCH_PYTHON"], process.env["BRINE_TORCH_OLD_PYTHON"]].filter((path) => path !== undefined && path !== "") as string[]; // what is left are texts
}
