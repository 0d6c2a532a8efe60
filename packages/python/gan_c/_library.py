"""The C library as ctypes sees it: structures of include/gan, and the functions that are called."""

from __future__ import annotations

import ctypes as c
import os
from pathlib import Path
from typing import Any

from . import _layout

FOLDER = Path(__file__).resolve().parent


class Error(c.Structure):
    _fields_ = [("status", c.c_int), ("text", c.c_char * 1024)]


class Listener(c.Structure):
    _fields_ = [("line", c.CFUNCTYPE(None, c.c_void_p, c.c_char_p)), ("ctx", c.c_void_p)]


class Metrics(c.Structure):
    _fields_ = [(name, c.c_double) for name in _layout.METRICS]


class Event(c.Structure):
    _fields_ = [
        ("kind", c.c_int),
        ("text", c.c_char_p),
        ("path", c.c_char_p),
        ("step", c.c_int64),
        ("total_steps", c.c_int64),
        ("steps_per_epoch", c.c_int64),
        ("epoch", c.c_double),
        ("epochs", c.c_double),
        ("img_per_s", c.c_double),
        ("elapsed", c.c_double),
        ("eta", c.c_double),
        ("metrics", Metrics),
        ("metric_steps", c.c_int64),
    ]


EventFunction = c.CFUNCTYPE(None, c.c_void_p, c.POINTER(Event))


class TrainCallbacks(c.Structure):
    _fields_ = [
        ("event", EventFunction),
        ("ctx", c.c_void_p),
        ("stop", c.POINTER(c.c_int)),
        ("save", c.POINTER(c.c_int)),
        ("pulse", c.c_void_p),
        ("data", c.c_void_p),
    ]


class TrainResult(c.Structure):
    _fields_ = [
        ("folder", c.c_char * 4096),
        ("checkpoint", c.c_char * 4096),
        ("step", c.c_int64),
        ("seconds", c.c_double),
        ("img_per_s", c.c_double),
        ("peak_bytes", c.c_int64),
        ("test_accuracy", c.c_double),
    ]


class GeneratorOptions(c.Structure):
    _fields_ = [
        ("device", c.c_char_p),
        ("threads", c.c_int),
        ("averaging", c.c_int),
        ("precise_bn", c.c_bool),
        ("listener", c.POINTER(Listener)),
    ]


class NetSummary(c.Structure):
    _fields_ = [
        ("kind", c.c_int),
        ("height", c.c_int64),
        ("width", c.c_int64),
        ("channels", c.c_int64),
        ("latent", c.c_int64),
        ("generator_params", c.c_int64),
        ("generator_trained", c.c_int64),
        ("discriminator_params", c.c_int64),
        ("discriminator_trained", c.c_int64),
        ("single_params", c.c_int64),
        ("single_trained", c.c_int64),
    ]


class DataOptions(c.Structure):
    _fields_ = [
        ("height", c.c_int64),
        ("width", c.c_int64),
        ("channels", c.c_int64),
        ("fit", c.c_int),
        ("filter", c.c_int),
        ("split", c.c_char_p),
        ("limit", c.c_int64),
        ("holdout", c.c_double),
        ("seed", c.c_uint64),
        ("skip_bad", c.c_int),
        ("spill", c.c_char_p),
        ("threads", c.c_int),
        ("listener", c.POINTER(Listener)),
        ("cancel", c.POINTER(c.c_int)),
    ]


class DataSource(c.Structure):
    _fields_ = [
        ("name", c.c_char_p),
        ("n", c.c_int64),
        ("height", c.c_int64),
        ("width", c.c_int64),
        ("channels", c.c_int64),
        ("n_classes", c.c_int32),
        ("pixels", c.c_void_p),
        ("labels", c.c_void_p),
        ("image", c.c_void_p),
        ("ctx", c.c_void_p),
    ]


class DataInfo(c.Structure):
    _fields_ = [
        ("name", c.c_char_p),
        ("path", c.c_char_p),
        ("n", c.c_int64),
        ("height", c.c_int64),
        ("width", c.c_int64),
        ("channels", c.c_int64),
        ("bytes", c.c_int64),
        ("fingerprint", c.c_char * 65),
        ("skipped", c.c_int64),
        ("n_classes", c.c_int32),
        ("unlabelled", c.c_char_p),
        ("labelled_fingerprint", c.c_char * 65),
    ]


STRUCTURES: dict[str, type[c.Structure]] = {
    "gan_error": Error,
    "gan_listener": Listener,
    "gan_metrics": Metrics,
    "gan_event": Event,
    "gan_train_callbacks": TrainCallbacks,
    "gan_train_result": TrainResult,
    "gan_generator_options": GeneratorOptions,
    "gan_net_summary": NetSummary,
    "gan_data_options": DataOptions,
    "gan_data_source": DataSource,
    "gan_data_info": DataInfo,
}

# name: result, arguments
_FUNCTIONS: dict[str, tuple[Any, list[Any]]] = {
    "gan_version": (c.c_char_p, []),
    "gan_option_find": (c.c_int, [c.c_char_p]),
    "gan_options_init": (c.c_int, [c.c_void_p, c.POINTER(Error)]),
    "gan_options_free": (None, [c.c_void_p]),
    "gan_options_set": (
        c.c_int,
        [c.c_void_p, c.c_int, c.c_char_p, c.c_int, c.POINTER(Error)],
    ),
    "gan_train": (
        c.c_int,
        [c.c_void_p, c.POINTER(TrainCallbacks), c.POINTER(TrainResult), c.POINTER(Error)],
    ),
    "gan_classify": (
        c.c_int,
        [c.c_void_p, c.POINTER(TrainCallbacks), c.POINTER(TrainResult), c.POINTER(Error)],
    ),
    "gan_data_open": (
        c.c_int,
        [c.c_char_p, c.POINTER(DataOptions), c.POINTER(c.c_void_p), c.POINTER(Error)],
    ),
    "gan_data_make": (
        c.c_int,
        [c.POINTER(DataSource), c.POINTER(DataOptions), c.POINTER(c.c_void_p), c.POINTER(Error)],
    ),
    "gan_data_describe": (c.POINTER(DataInfo), [c.c_void_p]),
    "gan_data_pixels": (c.c_void_p, [c.c_void_p]),
    "gan_data_labels": (c.c_void_p, [c.c_void_p]),
    "gan_data_close": (None, [c.c_void_p]),
    "gan_generator_open": (
        c.c_int,
        [c.c_char_p, c.POINTER(GeneratorOptions), c.POINTER(c.c_void_p), c.POINTER(Error)],
    ),
    "gan_generator_close": (None, [c.c_void_p]),
    "gan_generator_net": (c.c_void_p, [c.c_void_p]),
    "gan_generator_step": (c.c_int64, [c.c_void_p]),
    "gan_generator_path": (c.c_char_p, [c.c_void_p]),
    "gan_generator_is_averaged": (c.c_bool, [c.c_void_p]),
    "gan_generator_sample": (
        c.c_int,
        [c.c_void_p, c.c_void_p, c.c_int64, c.c_void_p, c.POINTER(Error)],
    ),
    "gan_generator_decode": (
        c.c_int,
        [c.c_void_p, c.c_void_p, c.c_int64, c.c_void_p, c.POINTER(Error)],
    ),
    "gan_net_summarize": (NetSummary, [c.c_void_p]),
}


def _open() -> c.CDLL:
    """The library of this package; GAN_C_LIBRARY names another, for who builds gan.c."""
    path = os.environ.get("GAN_C_LIBRARY")
    library = c.CDLL(path if path else str(next((FOLDER / "lib").glob("libgan.so.*"))))
    for name, (result, arguments) in _FUNCTIONS.items():
        function = getattr(library, name)
        function.restype = result
        function.argtypes = arguments
    version = library.gan_version().decode()
    if version != _layout.VERSION:
        raise ImportError(
            f"libgan is {version}, and gan_c is of {_layout.VERSION}: install gan-c again"
        )
    return library


LIB = _open()
