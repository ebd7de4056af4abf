// What it means that a file names a class or function. brine runs none of them; another reader might. Torch's weights-only
// list is what is known to be harmless; the lists here can only raise the alarm, and a name on none of them is not thereby
// harmless: it is `inert` here, which is no praise.
import { python3Name } from "../core/python3_name.js";
import type { GlobalInfo } from "./rows.js";

/** `plain data`: torch's weights-only list has it. `dangerous`: it is known to run code. `inert`: anything else. */
export type Verdict = "plain data" | "inert" | "dangerous";

/** Modules, with all below them, of which nearly everything reaches the system, an interpreter, other pickles or the network. */
const MODULES: ReadonlySet<string> = new Set([
  "os", "posix", "nt", "sys", "subprocess", "_posixsubprocess", "commands", "socket", "_socket", "shutil", "runpy", "code", "codeop", "pty", "ctypes",
  "_ctypes", "importlib", "webbrowser", "pickle", "_pickle", "cPickle", "dill", "cloudpickle", "joblib", "marshal", "bdb", "pdb", "cProfile", "profile",
  "timeit", "requests", "urllib", "httplib", "http", "ftplib", "smtplib", "telnetlib", "asyncio", "multiprocessing", "threading", "_thread", "signal", "pip",
  "venv", "ensurepip", "idlelib", "lib2to3", "distutils", "setuptools", "pydoc", "doctest", "trace", "zipimport", "imp", "pkgutil", "tempfile",
  "nturl2path", "platform", "_io", "io", "sqlite3", "aiohttp", "uvicorn", "_aix_support", "_osx_support", "test.support", "logging.config",
  "logging.handlers", "torch.hub", "torch.utils.bottleneck", "torch.utils._config_module", "torch.utils.cpp_extension", "torch.utils.collect_env",
  "torch._inductor.codecache", "cffi", "paramiko", "fabric", "psutil", "shelve", "dbm", "fileinput", "glob", "linecache", "gc",
]);

/** Of those, what only holds bytes or text. */
const HARMLESS: ReadonlySet<string> = new Set(["io.BytesIO", "io.StringIO", "_io.BytesIO", "_io.StringIO"]);

/** Functions that run what they are given, or open what they are told to. */
const NAMES: ReadonlySet<string> = new Set([
  ...["eval", "exec", "execfile", "compile", "open", "input", "raw_input", "__import__", "breakpoint", "setattr", "delattr", "globals", "locals", "vars", "apply", "memoryview", "help"]
    .map((name) => `builtins.${name}`),
  "types.FunctionType", "types.CodeType", "types.MethodType", "types.LambdaType", "torch.load", "torch.serialization.load", "torch.serialization._load",
  "torch.serialization._legacy_load", "torch.jit.load", "torch.storage._load_from_bytes", "torch.ops.load_library", "torch._ops.load_library",
  "torch.utils.data.datapipes.utils.decoder.basichandlers", "torch.package.PackageImporter", "torch.fx.experimental.symbolic_shapes.ShapeEnv.evaluate_guards_expression",
  "torch.distributed.rpc.internal._internal_rpc_pickler", "numpy.load", "numpy.fromfile", "numpy.core.multiarray.fromfile", "numpy._core.multiarray.fromfile",
  "numpy.testing._private.utils.runstring", "numpy.f2py.crackfortran.getlincoef", "numpy.f2py.crackfortran._eval_length", "pandas.read_pickle", "pandas.eval",
  "logging.FileHandler", "logging.fileConfig", "collections.abc.Callable", "inspect.getattr_static", "functools.reduce", "_functools.reduce",
]);

/** Functions that lend themselves to an attack, and have honest uses as well: what the pickle does with them decides. */
const GADGETS: ReadonlySet<string> = new Set([
  "builtins.getattr", "builtins.map", "builtins.filter", "functools.partial", "_functools.partial", "operator.attrgetter", "operator.methodcaller",
  "operator.itemgetter", "_operator.attrgetter", "_operator.methodcaller", "_operator.itemgetter",
]);

/** Modules that a dotted name may lead into, whatever module it starts from. */
const WITHIN: ReadonlySet<string> = new Set([
  "os", "posix", "nt", "sys", "subprocess", "socket", "shutil", "builtins", "importlib", "ctypes", "pickle", "marshal", "runpy", "pty", "modules",
]);

/** What it means that a file names this, whatever it does with it. */
export function verdictOf(global: Pick<GlobalInfo, "module" | "name" | "allowed">): Verdict {
  if (global.allowed) return "plain data";
  const full = python3Name(global.module, global.name);
  if (HARMLESS.has(full)) return "inert";
  for (let end = full.length; end > 0; end = full.lastIndexOf(".", end - 1)) {
    const part = full.slice(0, end);
    if (NAMES.has(part) || GADGETS.has(part) || MODULES.has(part)) return "dangerous";
  }
  const steps = global.name.split(".");
  // A way through attributes, such as `os` of any module that imports it, or __globals__ of any function.
  return steps.some((step) => WITHIN.has(step) || /^__\w+__$/.test(step)) ? "dangerous" : "inert";
}

/** Is it one of those whose use decides? */
export function isGadget(global: Pick<GlobalInfo, "module" | "name">): boolean {
  return GADGETS.has(python3Name(global.module, global.name));
}
