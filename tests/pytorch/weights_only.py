"""Tells what the restricted unpickler of this torch lets through, and what it says of pickles.

Standard input: JSON with `pickles` as hex, and `files`. Standard output: JSON with `names` (the built-in table), `blocked` modules, `opcodes`
that it accepts, `pairs` and `modules` of Python 2 that it renames, and for each pickle and file "ok", or the error's class and words.
Only pickles that the tests wrote themselves and honest files come here, and only the restricted unpickler sees them.
"""
import _compat_pickle
import io
import json
import sys
import warnings

import torch
import torch._weights_only_unpickler as unpickler

warnings.simplefilter("ignore")


def accepts(opcode):
    try:
        unpickler.load(io.BytesIO(b"\x80\x02" + bytes([opcode]) + bytes(300)), encoding="utf-8")
    except unpickler.UnpicklingError as error:
        return str(error) != "Unsupported operand %d" % opcode
    except Exception:
        pass
    return True


def renamed(module, name):
    found = unpickler._read_global_instruction(io.BytesIO(("%s\n%s\n" % (module, name)).encode()).readline)
    return found if found != (module, name) else None


def answer(load):
    try:
        load()
        return "ok"
    except Exception as error:
        return "%s: %s" % (type(error).__name__, error)


asked = json.load(sys.stdin)
pickle = lambda hex: lambda: unpickler.load(io.BytesIO(bytes.fromhex(hex)), encoding="utf-8")
file = lambda path: lambda: torch.load(path, map_location="cpu", weights_only=True)
pairs = [(*pair, *renamed(*pair)) for pair in sorted(_compat_pickle.NAME_MAPPING) if renamed(*pair)]
modules = {module: renamed(module, "x")[0] for module in sorted(_compat_pickle.IMPORT_MAPPING) if renamed(module, "x")}
json.dump({
    "torch": torch.__version__.split("+")[0],
    "names": sorted(unpickler._get_allowed_globals()),
    "blocked": unpickler._blocklisted_modules,
    "opcodes": [opcode for opcode in range(256) if accepts(opcode)],
    "pairs": pairs,
    "modules": modules,
    "answers": [answer(pickle(hex)) for hex in asked["pickles"]],
    "files": [answer(file(path)) for path in asked["files"]],
}, sys.stdout)
