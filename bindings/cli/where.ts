// Where in a file the checkpoint is, and how to read it: what every command is told in the same words. Who watches, and what
// stops it, goes the same way.
import type { OpenOptions } from "../checkpoint/options.js";

/** Options of every command. */
export type Where = Pick<OpenOptions, "offset" | "member" | "encoding" | "signal" | "onProgress">;
