"""The onnx format: by onnx's own checker, in onnxruntime, and as torch-fidelity opens it."""

import numpy as np
import onnx
import onnxruntime


def compute(path, x):
    model = onnx.load(path)
    onnx.checker.check_model(model, full_check=True)
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    (y,) = session.run(None, {session.get_inputs()[0].name: x})
    (one,) = session.run(None, {session.get_inputs()[0].name: x[:1]})
    assert one.shape[1:] == y.shape[1:] and len(one) == 1, "the batch size is not open"
    return y


def newest(case):
    return case.as_ours(compute(case.export("net.onnx"), case.nchw()))


def oldest(case):
    return case.as_ours(compute(case.export("net.onnx", "--opset", "oldest"), case.nchw()))


def fidelity(case):
    """Bytes, from torch-fidelity's own reader, as images; right if no byte is off by more than the
    last bit of a float may move it over a half."""
    if not case.is_generator:
        return None
    import torch
    from torch_fidelity.generative_model_onnx import GenerativeModelONNX

    path = case.export("net.onnx", "--bytes")
    onnx.checker.check_model(onnx.load(path), full_check=True)
    model = GenerativeModelONNX(str(path), case.input.shape[1], "normal", 0)
    y = model(torch.from_numpy(case.input))
    y = (y.numpy() if hasattr(y, "numpy") else y).transpose(0, 2, 3, 1)
    channels = [0, 1, 2] if case.wanted.shape[-1] >= 3 else [0, 0, 0]
    exact = 127.5 * case.wanted[..., channels].astype(np.float64) + 127.5
    assert y.dtype == np.uint8 and y.shape == exact.shape, (y.dtype, y.shape)
    return case.wanted if np.abs(y - exact).max() <= 0.5 + 1e-3 else case.wanted + np.inf


FORMATS = {
    "onnx, onnxruntime": newest,
    "onnx of the oldest opset, onnxruntime": oldest,
    "onnx of bytes, torch-fidelity": fidelity,
}
