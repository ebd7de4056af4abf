"""Loads pairs of checkpoints with weights_only=True and tells whether PyTorch sees the same in both.

Standard input: a JSON list of [original, converted]. Standard output: JSON with torch's version, and for each pair null where
PyTorch does not load the original, "equal", or what differs. Sharing of storages counts; nothing but torch is imported.
"""
import json
import sys
import warnings

import torch

PARTS = {
    torch.sparse_coo: ("_indices", "_values"),
    torch.sparse_csr: ("crow_indices", "col_indices", "values"),
}
for name in ("csc", "bsr", "bsc"):
    layout = getattr(torch, "sparse_" + name, None)
    if layout is not None:
        PARTS[layout] = ("crow_indices", "col_indices", "values") if name == "bsr" else ("ccol_indices", "row_indices", "values")


class Different(Exception):
    pass


def check(equal, path, what):
    if not equal:
        raise Different("%s: %s" % (path, what))


def storage_of(t):
    return t.untyped_storage() if hasattr(t, "untyped_storage") else t.storage()._storage


def untyped(typed):
    return typed._untyped_storage if hasattr(typed, "_untyped_storage") else typed._storage


class Comparison:
    def __init__(self):
        self.twins = {}
        self.storages = {}
        self.keep = []

    def tensors(self, a, b, path):
        for what in ("dtype", "layout", "requires_grad", "device", "is_quantized"):
            check(getattr(a, what) == getattr(b, what), path, what)
        if getattr(a, "is_nested", False):
            check(b.is_nested, path, "nested")
            self.tensors(a.detach().values(), b.detach().values(), path + ".values()")
            return
        check(a.shape == b.shape, path, "shape")
        if a.layout in PARTS:
            for part in PARTS[a.layout]:
                self.tensors(getattr(a.detach(), part)(), getattr(b.detach(), part)(), path + "." + part + "()")
            return
        check(a.stride() == b.stride() and a.storage_offset() == b.storage_offset(), path, "view")
        if a.device.type == "meta":
            return
        check(a.is_conj() == b.is_conj() and a.is_neg() == b.is_neg(), path, "lazy bits")
        if a.is_quantized:
            check(a.qscheme() == b.qscheme(), path, "qscheme")
            if a.qscheme() in (torch.per_tensor_affine, torch.per_tensor_symmetric):
                check((a.q_scale(), a.q_zero_point()) == (b.q_scale(), b.q_zero_point()), path, "scale")
            else:
                check(torch.equal(a.q_per_channel_scales(), b.q_per_channel_scales()), path, "scales")
                check(torch.equal(a.q_per_channel_zero_points(), b.q_per_channel_zero_points()), path, "zero points")
        self.memory(storage_of(a), storage_of(b), path)

    def memory(self, a, b, path):
        self.keep += [a, b]
        known = self.storages.setdefault(("a", a._cdata), b._cdata)
        back = self.storages.setdefault(("b", b._cdata), a._cdata)
        check(known == b._cdata and back == a._cdata, path, "sharing")
        check(a.nbytes() == b.nbytes(), path, "storage size")
        check(bytes(a) == bytes(b) if a.nbytes() <= 256 else same_bytes(a, b), path, "bytes")

    def values(self, first, second):
        stack = [(first, second, "$")]
        while stack:
            a, b, path = stack.pop()
            check(type(a) is type(b), path, "%s is not %s" % (type(b), type(a)))
            if id(a) in self.twins and not isinstance(a, (str, bytes, int, float, complex, bool, type(None), tuple)):
                check(self.twins[id(a)] is b, path, "another object")
                continue
            self.twins[id(a)] = b
            self.keep += [a, b]
            if isinstance(a, torch.Tensor):
                self.tensors(a, b, path)
                stack.append((getattr(a, "__dict__", {}), getattr(b, "__dict__", {}), path + ".__dict__"))
            elif isinstance(a, dict):
                check(len(a) == len(b), path, "length")
                for (k, v), (l, w) in zip(a.items(), b.items()):
                    stack += [(k, l, path + ".key"), (v, w, "%s[%.60r]" % (path, k))]
                if getattr(a, "__dict__", None):
                    stack.append((a.__dict__, b.__dict__, path + ".__dict__"))
                check(repr(getattr(a, "default_factory", 0)) == repr(getattr(b, "default_factory", 0)), path, "factory")
            elif isinstance(a, (list, tuple)):
                check(len(a) == len(b), path, "length")
                stack += [(x, y, "%s[%d]" % (path, i)) for i, (x, y) in enumerate(zip(a, b))]
            elif isinstance(a, (torch.UntypedStorage if hasattr(torch, "UntypedStorage") else torch._UntypedStorage)):
                self.memory(a, b, path)
            elif isinstance(a, getattr(torch.storage, "TypedStorage", ())):
                check(a.dtype == b.dtype, path, "dtype")
                self.memory(untyped(a), untyped(b), path)
            elif isinstance(a, (set, frozenset)):
                check(sorted(map(repr, a)) == sorted(map(repr, b)), path, "members")
            else:
                check(repr(a) == repr(b), path, "%.80r is not %.80r" % (b, a))


def same_bytes(a, b):
    view = lambda s: torch.tensor([], dtype=torch.uint8).set_(s)
    return torch.equal(view(a), view(b))


def load(path):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return torch.load(path, map_location="cpu", weights_only=True)


def answer(original, converted):
    try:
        first = load(original)
    except Exception:
        return None
    try:
        Comparison().values(first, load(converted))
        return "equal"
    except Exception as e:
        return "%s: %s" % (type(e).__name__, " ".join(str(e).split())[:300])


def main():
    sys.setrecursionlimit(20000)
    torch.set_num_threads(1)
    json.dump({"torch": torch.__version__, "answers": [answer(a, b) for a, b in json.load(sys.stdin)]}, sys.stdout)


main()
