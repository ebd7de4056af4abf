"""The examples of torch.save's manual page, for the half that Python does.

seed.py write FOLDER   saves tensors.pth and model_weights.pth there, and prints what Python prints of them, as JSON
seed.py read FOLDER    loads the files of those names that brine wrote there, and prints what Python prints of them, as JSON
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


def printed(tensors, weights):
    return {
        "dict": str(tensors),
        "x": str(tensors["x"]),
        "y": str(tensors["y"]),
        "keys": str(weights.keys()),
        "weights": str(weights),
    }


def main():
    mode, folder = sys.argv[1:]
    at = lambda name: os.path.join(folder, name)
    if mode == "write":
        torch.manual_seed(0)
        tensors = {"x": torch.tensor([1, 2, 3, 4, 5]), "y": torch.randn(3, 4)}
        weights = SimpleNet().state_dict()
        torch.save(tensors, at("tensors.pth"))
        torch.save(weights, at("model_weights.pth"))
    else:
        tensors = torch.load(at("tensors.pth"), weights_only=True)
        model = SimpleNet()
        model.load_state_dict(torch.load(at("model_weights.pth"), weights_only=True))
        weights = model.state_dict()
    json.dump(printed(tensors, weights), sys.stdout)


main()
