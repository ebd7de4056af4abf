"""Writes the files of this folder with the official library (safetensors 0.8.0, torch 2.15), and manifest.json: what each holds.

    python make.py
"""
import json
from pathlib import Path

import torch
from safetensors.torch import save_file

here = Path(__file__).parent

DTYPES = [
    torch.bool, torch.uint8, torch.int8, torch.int16, torch.uint16, torch.int32, torch.uint32, torch.int64, torch.uint64,
    torch.float16, torch.bfloat16, torch.float32, torch.float64, torch.complex64, torch.float8_e4m3fn, torch.float8_e4m3fnuz,
    torch.float8_e5m2, torch.float8_e5m2fnuz, torch.float8_e8m0fnu, torch.float4_e2m1fn_x2,
]


def of(dtype, shape):
    """A tensor of these sizes whose bytes count up."""
    size = 1 if dtype == torch.bool else torch.empty(0, dtype=dtype).element_size()
    count = size
    for n in shape:
        count *= n
    raw = torch.tensor([(7 * i + 3) % 256 for i in range(count)], dtype=torch.uint8)
    return (raw % 2).bool().reshape(shape) if dtype == torch.bool else raw.view(dtype).reshape(shape)


FILES = {
    "dtypes": ({f"a {str(d)[6:]}": of(d, (3, 2)) for d in DTYPES}, {"format": "pt"}),
    "shapes": (
        {
            "scalar": of(torch.float32, ()), "none": torch.empty(0), "none.of.many": torch.empty(3, 0, 2, dtype=torch.int64),
            "odd": of(torch.uint8, (3,)), "behind.odd": of(torch.int8, (5,)), "deep": of(torch.bfloat16, (1, 2, 1, 3, 1)),
            "large": of(torch.float16, (300, 200)),
        },
        None,
    ),
    "names": (
        {
            name: of(torch.float32, (2,))
            for name in ["", "a", "B", "é", "\uffff", "\U0001f600", "q\"\\\n\t\x01\x7f\u2028/", "__proto__", "constructor", "10", "9", "a.b", "$[\"a\"]"]
        },
        {"__proto__": "é \"quoted\"\n"},
    ),
    "empty": ({}, None),
}

# A line for each tensor; the bytes of the large one are told by the rule of `of`.
lines = []
for name, (tensors, metadata) in FILES.items():
    path = here / f"{name}.safetensors"
    save_file(tensors, path, metadata)
    path.chmod(0o644)
    rows = []
    for key, t in tensors.items():
        raw = t.contiguous().flatten().view(torch.uint8).tolist() if t.numel() > 0 else []
        rows.append({"name": key, "dtype": str(t.dtype)[6:], "shape": list(t.shape), "hex": bytes(raw).hex() if len(raw) < 1000 else None})
    pairs = json.dumps(None if metadata is None else list(metadata.items()))
    lines.append(f' {json.dumps(name)}: {{"metadata": {pairs}, "tensors": [' + ",".join(f"\n  {json.dumps(row)}" for row in rows) + "]}")
(here / "manifest.json").write_text("{\n" + ",\n".join(lines) + "\n}\n")
