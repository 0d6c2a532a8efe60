"""The way back: files that the tools themselves wrote, imported, are the weights bit for bit."""

import numpy as np
import torch

import pytorch
from keras_models import keras


def brought(case, path):
    """What is wanted if the file, imported, is the checkpoint bit for bit; else infinities."""
    flag = "-g" if case.is_generator else "-d"
    checkpoint = case.folder / "imported.safetensors"
    case.run("import", case.checkpoint, flag, path, "-o", checkpoint, "--quiet")
    averaged = "--averaged" if case.is_generator else "--no-averaged"
    there = dict(np.load(case.export("net.npz")))
    back = case.folder / "back.npz"
    case.run(
        "export", checkpoint, "-o", back, "--network", case.network, averaged, "--no-precise-bn"
    )
    back = dict(np.load(back))
    same = set(there) == set(back) and all(np.array_equal(there[n], back[n]) for n in there)
    return case.wanted if same else np.full_like(case.wanted, np.inf)


def pth(case):
    module = pytorch.load_module(case.export("net.safetensors").with_suffix(".py")).load()
    path = case.folder / "net.pth"
    torch.save(module.state_dict(), path)
    return brought(case, path)


def pth_by_order(case):
    """The same layers under other names."""
    module = pytorch.load_module(case.export("net.safetensors").with_suffix(".py")).load()
    other = {
        f"body.layer{k.split('.')[1]}.conv.{k.split('.')[2]}": v
        for k, v in module.state_dict().items()
    }
    path = case.folder / "other.pth"
    torch.save(other, path)
    return brought(case, path)


def npz(case):
    module = pytorch.load_module(case.export("net.safetensors").with_suffix(".py")).load()
    path = case.folder / "state.npz"
    np.savez(path, **{k: v.numpy() for k, v in module.state_dict().items()})
    return brought(case, path)


def own_onnx(case):
    return brought(case, case.export("net.onnx"))


def onnx_of_torch(case):
    """What torch.onnx.export() makes: the names of the state_dict among other constants."""
    module = pytorch.load_module(case.export("net.safetensors").with_suffix(".py")).load()
    path = case.folder / "torch.onnx"
    try:
        torch.onnx.export(
            module,
            (torch.from_numpy(case.nchw()),),
            path,
            do_constant_folding=False,
            training=torch.onnx.TrainingMode.PRESERVE,  # else batch norm goes into convolutions
            dynamo=False,
        )
    except torch.onnx.errors.UnsupportedOperatorError:
        return None  # what their exporter cannot say
    return brought(case, path)


def keras_file(case, name, save):
    path = case.folder / name
    save(keras.models.load_model(case.export("net.keras")), path)
    return brought(case, path)


def keras_weights(case):
    return keras_file(case, "saved.weights.h5", lambda model, path: model.save_weights(path))


def keras_model(case):
    return keras_file(case, "saved.keras", lambda model, path: model.save(path))


FORMATS = {
    "import of a .pth by name, bits": pth,
    "import of a .pth by order, bits": pth_by_order,
    "import of an .npz of a state_dict, bits": npz,
    "import of our .onnx, bits": own_onnx,
    "import of an .onnx of torch.onnx.export, bits": onnx_of_torch,
    "import of a .weights.h5 of Keras, bits": keras_weights,
    "import of a .keras of Keras, bits": keras_model,
}
