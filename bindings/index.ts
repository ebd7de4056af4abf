// brine: torch.save and torch.load for every runtime. This page is the table of contents: each line is a page of its own, so
// that a bundler follows those only whose names a program imports.

export * from "./api/load.js";
export * from "./api/load_sync.js";
export * from "./api/open.js";
export * from "./api/open_sync.js";
export * from "./api/stream.js";
export * from "./api/inspect.js";
export * from "./api/save.js";
export * from "./api/http.js";
export * from "./api/devices.js";

export * from "./api/values.js";
export * from "./api/python.js";
export * from "./api/tensors.js";
export * from "./api/modules.js";
export * from "./api/numpy.js";
