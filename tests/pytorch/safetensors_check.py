"""What the official library makes of files, and files that it makes.

    safetensors_check.py FOLDER

Reads every .safetensors file of the folder with it, and writes each again beside it as .again. Standard output: JSON with the
library's version, and for each file its metadata and tensors (dtype, shape, bytes as hex), or why it refuses it.
"""
import json
import sys
from pathlib import Path

import safetensors
import torch
from safetensors import safe_open
from safetensors.torch import save_file


def told(path):
    try:
        with safe_open(path, framework="pt") as file:
            tensors = {name: file.get_tensor(name) for name in file.keys()}
            metadata = file.metadata()
    except Exception as error:  # whatever it throws is its refusal
        return {"refused": f"{type(error).__name__}: {error}"[:300]}
    save_file(tensors, path.with_suffix(".again"), metadata)
    return {
        "metadata": metadata,
        "tensors": {
            name: [str(t.dtype)[6:], list(t.shape), bytes(t.flatten().view(torch.uint8).tolist()).hex() if t.numel() > 0 else ""]
            for name, t in tensors.items()
        },
    }


print(json.dumps({"version": safetensors.__version__, "files": {path.name: told(path) for path in sorted(Path(sys.argv[1]).glob("*.safetensors"))}}))
