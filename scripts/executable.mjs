// The compiler writes plain files. The command is one to run: npx links it once, and then relies on it.
import { chmodSync } from "node:fs";

chmodSync(new URL("../dist/bindings/cli/main.js", import.meta.url), 0o755);
