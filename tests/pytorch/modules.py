"""The second example of torch.save's manual page, for the half that Python does: a whole module.

modules.py write FOLDER   saves model.pth there, and prints how Python prints the model and its keys, as JSON
modules.py read FOLDER    loads the model.pth that brine wrote there, runs it, and prints the same
"""
import json
import os
import sys

import torch
from torch import nn


class SimpleNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc1 = nn.Linear(10, 5)
        self.fc2 = nn.Linear(5, 2)

    def forward(self, x):
        return self.fc2(torch.relu(self.fc1(x)))


def load(path):
    try:
        return torch.load(path, weights_only=False)
    except TypeError:  # before 1.13
        return torch.load(path)


def main():
    mode, folder = sys.argv[1:]
    path = os.path.join(folder, "model.pth")
    if mode == "write":
        torch.manual_seed(0)
        model = SimpleNet()
        torch.save(model, path)
    else:
        model = load(path)
        assert type(model) is SimpleNet
    out = model(torch.ones(1, 10))
    keys = model.load_state_dict(model.state_dict())
    json.dump({"model": repr(model), "weights": str(model.state_dict()), "out": str(out.detach()), "keys": str(keys)}, sys.stdout)


main()
