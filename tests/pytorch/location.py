"""The fourth example of torch.save's manual page, for the half that Python does: a tensor that lives on cuda.

location.py write FOLDER   saves cuda.pth there, with the tag "cuda:0", and prints the tensor as the CPU has it, as JSON
location.py read FOLDER    loads the cuda.pth that brine wrote there with map_location="cpu", and prints the same

No GPU is needed: a registered tagger says of the CPU's storages that they are on cuda:0. All else is torch's own path.
"""
import json
import os
import pickle
import sys

import torch


def main():
    mode, folder = sys.argv[1:]
    path = os.path.join(folder, "cuda.pth")
    refused = None
    if mode == "write":
        torch.manual_seed(0)
        tensor = torch.randn(3, 4)
        torch.serialization.register_package(1, lambda storage: "cuda:" + "0", lambda storage, location: None)
        torch.save(tensor, path)
    else:
        tensor = torch.load(path, map_location="cpu", weights_only=True)
        try:
            torch.load(path, weights_only=True)
        except (RuntimeError, pickle.UnpicklingError) as e:  # 1.13 wraps it
            refused = str(e)
    json.dump({"tensor": str(tensor), "device": str(tensor.device), "repr": repr(tensor.device), "refused": refused}, sys.stdout)


main()
