"""PyTorch's side of the benchmark, started by index.ts.

python torch_times.py make small|large FILE    writes an input (inputs.ts says what is in it)
python torch_times.py JOB FILE                  prints, as JSON, what measure.ts prints for brine of load, save, "mmap first", …
"""

import gc
import json
import os
import resource
import sys
import time
from collections import OrderedDict

import torch

RUNS = 5


def make(kind: str, path: str) -> None:
    state = OrderedDict()
    if kind == "small":
        step = torch.arange(16, dtype=torch.float32)
        for i in range(100_000):
            state[f"layers.{i >> 1}.{'bias' if i & 1 else 'weight'}"] = (step + i).reshape(4, 4)
    else:
        ramp = (torch.arange(4096 * 4096) & 0xFFFF).to(torch.float32).reshape(4096, 4096)
        for i in range(32):
            state[f"blocks.{i}.weight"] = ramp + i
    torch.save(state, path)


def touch(tensor) -> float:
    """Looks at every page of a tensor of float32."""
    return tensor.view(-1)[::1024].sum().item()


def timed(job) -> float:
    """Milliseconds. Garbage of the run before is collected first, outside the time."""
    gc.collect()
    started = time.perf_counter()
    result = job()
    spent = (time.perf_counter() - started) * 1000
    del result
    return spent


def measure(kind: str, path: str) -> dict:
    if kind == "load":
        job = lambda: torch.load(path)
    elif kind == "mmap first":
        job = lambda: touch(next(iter(torch.load(path, mmap=True).values())))
    elif kind == "mmap all":
        job = lambda: [touch(tensor) for tensor in torch.load(path, mmap=True).values()]
    elif kind == "mmap clone":
        job = lambda: [tensor.clone() for tensor in torch.load(path, mmap=True).values()]
    else:
        value = torch.load(path)
        job = lambda: torch.save(value, path + ".out")
    cold = timed(job)
    unit = 1 if sys.platform == "darwin" else 1024
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit
    runs = [timed(job) for _ in range(RUNS)]
    if os.path.exists(path + ".out"):
        os.remove(path + ".out")
    return {"cold": cold, "best": min(runs), "all": runs, "peak": peak, "version": torch.__version__}


if sys.argv[1] == "make":
    make(sys.argv[2], sys.argv[3])
else:
    print(json.dumps(measure(sys.argv[1], sys.argv[2])))
