// What it means that a file names a class or function. brine runs none of them; another reader might.
import type { GlobalInfo } from "./archive.js";

/** `plain data`: torch's weights-only list has it. `dangerous`: it is known to run code. `inert`: anything else. */
export type Verdict = "plain data" | "inert" | "dangerous";

/** Modules of which every function reaches the system, an interpreter or the network. */
const MODULES: ReadonlySet<string> = new Set([
  "os", "posix", "nt", "sys", "subprocess", "commands", "socket", "shutil", "runpy", "code", "codeop", "pty", "ctypes", "importlib",
  "webbrowser", "pickle", "_pickle", "cPickle", "dill", "cloudpickle", "joblib", "marshal", "bdb", "pdb", "cProfile", "profile", "timeit",
  "requests", "urllib", "httplib", "http", "ftplib", "smtplib", "telnetlib", "asyncio", "multiprocessing", "threading", "signal", "pip", "venv",
  "ensurepip", "idlelib", "lib2to3", "distutils", "setuptools", "pydoc", "doctest", "trace", "zipimport", "imp", "pkgutil", "tempfile", "nturl2path",
  "platform", "_io", "io", "sqlite3", "aiohttp", "uvicorn",
]);
/** Functions that call what they are given, or give what lets one call anything. */
const NAMES: ReadonlySet<string> = new Set([
  ...["eval", "exec", "execfile", "compile", "open", "input", "__import__", "breakpoint", "getattr", "setattr", "delattr", "globals", "locals", "vars", "apply", "map", "filter"]
    .flatMap((name) => [`builtins.${name}`, `__builtin__.${name}`]),
  "operator.attrgetter", "operator.methodcaller", "_operator.attrgetter", "_operator.methodcaller", "operator.itemgetter",
  "functools.partial", "functools.reduce", "_functools.reduce", "types.FunctionType", "types.CodeType", "torch.load", "torch.serialization.load",
  "torch.hub.load", "torch.jit.load", "torch.storage._load_from_bytes", "torch.utils.data.datapipes.utils.decoder.basichandlers",
  "torch._inductor.codecache.compile_file", "torch.fx.experimental.symbolic_shapes.ShapeEnv.evaluate_guards_expression", "numpy.load", "numpy.core.multiarray.fromfile",
  "numpy.testing._private.utils.runstring", "collections.abc.Callable",
]);

/** What it means that a file names this. */
export function verdictOf(global: Pick<GlobalInfo, "module" | "name" | "allowed">): Verdict {
  if (global.allowed) return "plain data";
  const full = `${global.module}.${global.name}`;
  if (NAMES.has(full)) return "dangerous";
  const top = global.module.split(".", 1)[0];
  return MODULES.has(global.module) || MODULES.has(top) ? "dangerous" : "inert";
}
