// Where in a file the checkpoint is, and how to read it: what every command is told in the same words.
import type { OpenOptions } from "../checkpoint/options.js";

/** Options of every command. */
export type Where = Pick<OpenOptions, "offset" | "member" | "encoding">;
