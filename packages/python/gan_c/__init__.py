"""gan.c in Python: train generative adversarial networks, and sample from them as NumPy arrays.

import gan_c

result = gan_c.train(net="mnist-quick", data="digits", steps=500, callback=print)
with gan_c.load(result.folder) as generator:
    images = generator.sample(16)  # (16, H, W, C) float32 in [-1, 1]
"""

from __future__ import annotations

import ctypes as c
import math
import os
from dataclasses import dataclass
from types import TracebackType
from typing import Callable, Iterable, Mapping, Optional, Union

import numpy as np
import numpy.typing as npt

from . import _layout
from . import _library as _c

__version__ = _layout.VERSION
__all__ = [
    "Data",
    "Event",
    "GanError",
    "Generator",
    "TrainResult",
    "classify",
    "load",
    "open_data",
    "program",
    "train",
]

Path = Union[str, "os.PathLike[str]"]
Images = npt.NDArray[np.float32]
_FROM_FLAG = 6
_KINDS = ("note", "start", "progress", "log", "sample", "save", "end")


class GanError(Exception):
    """What went wrong, in a sentence; `status` is its name: "E_DATA", "E_USAGE", ..."""

    def __init__(self, status: str, text: str) -> None:
        super().__init__(text)
        self.status = status


def _need(status: int, err: _c.Error) -> None:
    if status != 0:
        name = _layout.STATUSES[status]
        raise GanError(name, err.text.decode(errors="replace") or name)


def program() -> str:
    """The path of the program, which is also installed as the command `gan`."""
    return str(_c.FOLDER / "bin" / "gan")


class _Owner:
    """Something of the library, closed by close(), at the end of `with`, or when forgotten."""

    _handle: Optional[int] = None

    def _close(self, handle: int) -> None:
        raise NotImplementedError

    def _use(self) -> int:
        if self._handle is None:
            raise ValueError(f"this {type(self).__name__} is closed")
        return self._handle

    def close(self) -> None:
        """Gives its memory back. What it gave before stays."""
        if self._handle is not None:
            self._close(self._handle)
            self._handle = None

    def __del__(self) -> None:
        self.close()

    def __exit__(
        self,
        kind: Optional[type[BaseException]],
        value: Optional[BaseException],
        trace: Optional[TracebackType],
    ) -> None:
        self.close()


class Data(_Owner):
    """Images to train with: of open_data(), or those of arrays.

    images: (N,H,W,C) or (N,H,W) of uint8. labels: N numbers of 0 to n_classes - 1. They are copied.
    """

    def __init__(
        self,
        images: npt.NDArray[np.uint8],
        labels: Optional[npt.ArrayLike] = None,
        *,
        name: str = "arrays",
        n_classes: Optional[int] = None,
    ) -> None:
        if images.dtype != np.uint8 or images.ndim not in (3, 4):
            raise TypeError(
                f"images are (N,H,W,C) or (N,H,W) of uint8, not {images.shape} of {images.dtype}"
            )
        shape = images.shape if images.ndim == 4 else (*images.shape, 1)
        pixels = np.ascontiguousarray(images)
        numbers = np.ascontiguousarray([] if labels is None else labels, dtype=np.int32)
        if labels is not None and numbers.shape != (shape[0],):
            raise ValueError(f"{shape[0]} images have {shape[0]} labels, not {numbers.shape}")
        if labels is not None and n_classes is None:
            n_classes = int(numbers.max()) + 1 if numbers.size else 0
        source = _c.DataSource(
            name=name.encode(),
            n=shape[0],
            height=shape[1],
            width=shape[2],
            channels=shape[3],
            n_classes=0 if labels is None else n_classes,
            pixels=pixels.ctypes.data,
            labels=numbers.ctypes.data if labels is not None else None,
        )
        out, err = c.c_void_p(), _c.Error()
        _need(_c.LIB.gan_data_make(c.byref(source), None, c.byref(out), c.byref(err)), err)
        self._handle = out.value

    @classmethod
    def _of(cls, handle: Optional[int]) -> Data:
        data = cls.__new__(cls)
        data._handle = handle
        return data

    def _close(self, handle: int) -> None:
        _c.LIB.gan_data_close(handle)

    def __enter__(self) -> Data:
        return self

    def _info(self) -> _c.DataInfo:
        info: _c.DataInfo = _c.LIB.gan_data_describe(self._use()).contents
        return info

    def __len__(self) -> int:
        return int(self._info().n)

    @property
    def name(self) -> str:
        return str(self._info().name.decode())

    @property
    def fingerprint(self) -> str:
        """SHA-256 of pixels and shape."""
        return str(self._info().fingerprint.decode())

    @property
    def images(self) -> npt.NDArray[np.uint8]:
        """(N,H,W,C), a copy."""
        info = self._info()
        flat = (c.c_uint8 * info.bytes).from_address(_c.LIB.gan_data_pixels(self._use()))
        shape = (info.n, info.height, info.width, info.channels)
        return np.frombuffer(memoryview(flat), dtype=np.uint8).reshape(shape).copy()

    @property
    def labels(self) -> Optional[npt.NDArray[np.int32]]:
        """N numbers, a copy; None where there are none."""
        address = _c.LIB.gan_data_labels(self._use())
        if not address:
            return None
        flat = (c.c_uint8 * (4 * len(self))).from_address(address)
        return np.frombuffer(memoryview(flat), dtype=np.int32).copy()


def open_data(
    source: Path,
    *,
    height: int = 0,
    width: int = 0,
    channels: int = 0,
    split: str = "train",
    limit: int = 0,
) -> Data:
    """A data set: a known name ("mnist", "digits"), a file, an archive or a folder of pictures."""
    options = _c.DataOptions(
        height=height, width=width, channels=channels, split=split.encode(), limit=limit
    )
    out, err = c.c_void_p(), _c.Error()
    path = os.fsencode(source)
    _need(_c.LIB.gan_data_open(path, c.byref(options), c.byref(out), c.byref(err)), err)
    return Data._of(out.value)


class Generator(_Owner):
    """The generator of a checkpoint, or of the newest one of a run's folder, ready to sample.

    averaged: by the averaged weights; None: where there are any.
    """

    def __init__(
        self,
        path: Path,
        *,
        device: str = "auto",
        threads: int = 0,
        averaged: Optional[bool] = None,
    ) -> None:
        options = _c.GeneratorOptions(
            device=device.encode(),
            threads=threads,
            averaging=0 if averaged is None else 1 if averaged else 2,
        )
        out, err = c.c_void_p(), _c.Error()
        name = os.fsencode(path)
        _need(_c.LIB.gan_generator_open(name, c.byref(options), c.byref(out), c.byref(err)), err)
        self._handle = out.value
        self._net: _c.NetSummary = _c.LIB.gan_net_summarize(_c.LIB.gan_generator_net(out))

    def _close(self, handle: int) -> None:
        _c.LIB.gan_generator_close(handle)

    def __enter__(self) -> Generator:
        return self

    @property
    def shape(self) -> tuple[int, int, int]:
        """(H,W,C) of an image."""
        return (self._net.height, self._net.width, self._net.channels)

    @property
    def nz(self) -> int:
        """Numbers of a latent vector."""
        return int(self._net.latent)

    @property
    def step(self) -> int:
        """Training steps at the checkpoint."""
        return int(_c.LIB.gan_generator_step(self._use()))

    @property
    def path(self) -> str:
        """Of the checkpoint."""
        return os.fsdecode(_c.LIB.gan_generator_path(self._use()))

    @property
    def is_averaged(self) -> bool:
        return bool(_c.LIB.gan_generator_is_averaged(self._use()))

    def sample(self, seeds: Union[int, Iterable[int]]) -> Images:
        """(n,H,W,C) of float32 in [-1,1].

        seeds: how many, of seeds 0, 1, ...; or the seeds themselves.
        An image is a function of its seed and the weights alone, the same bytes in any company.
        """
        numbers = np.fromiter(range(seeds) if isinstance(seeds, int) else seeds, dtype=np.uint64)
        images: Images = np.empty((len(numbers), *self.shape), dtype=np.float32)
        err = _c.Error()
        if len(numbers):
            status = _c.LIB.gan_generator_sample(
                self._use(), numbers.ctypes.data, len(numbers), images.ctypes.data, c.byref(err)
            )
            _need(status, err)
        return images

    def decode(self, z: npt.ArrayLike) -> Images:
        """The images of latent vectors z (n,nz)."""
        latents = np.ascontiguousarray(z, dtype=np.float32)
        if latents.ndim != 2 or latents.shape[1] != self.nz:
            raise ValueError(f"z is (n,{self.nz}), not {latents.shape}")
        images: Images = np.empty((len(latents), *self.shape), dtype=np.float32)
        err = _c.Error()
        if len(latents):
            status = _c.LIB.gan_generator_decode(
                self._use(), latents.ctypes.data, len(latents), images.ctypes.data, c.byref(err)
            )
            _need(status, err)
        return images


def load(path: Path, *, device: str = "auto", threads: int = 0) -> Generator:
    """The generator of a checkpoint or of a run's folder."""
    return Generator(path, device=device, threads=threads)


@dataclass(frozen=True)
class Event:
    """What a callback is told.

    kind: "start", "progress" (after every step), "log" (metrics are means since the last
    one), "sample" and "save" (path is the file), "note" (text), "end".
    metrics: those that this training measures.
    """

    kind: str
    text: str
    path: str
    step: int
    total_steps: int
    epoch: float
    img_per_s: float
    elapsed: float
    eta: float
    metrics: Mapping[str, float]


@dataclass(frozen=True)
class TrainResult:
    """Where a run is, and how far it came. stopped: a callback ended it."""

    folder: str
    checkpoint: str
    step: int
    seconds: float
    img_per_s: float
    test_accuracy: Optional[float]
    stopped: bool


Callback = Callable[[Event], Optional[bool]]
Setting = Union[str, int, float, bool, "os.PathLike[str]"]


def _event(e: _c.Event) -> Event:
    metrics = {name: getattr(e.metrics, name) for name in _layout.METRICS}
    return Event(
        kind=_KINDS[e.kind],
        text=(e.text or b"").decode(errors="replace"),
        path=os.fsdecode(e.path or b""),
        step=e.step,
        total_steps=e.total_steps,
        epoch=e.epoch,
        img_per_s=e.img_per_s,
        elapsed=e.elapsed,
        eta=e.eta,
        metrics={name: value for name, value in metrics.items() if not math.isnan(value)},
    )


def _text(value: Setting) -> bytes:
    if isinstance(value, bool):
        return b"true" if value else b"false"
    return os.fsencode(value) if isinstance(value, os.PathLike) else str(value).encode()


def _set_all(options: c.Array[c.c_char], settings: Mapping[str, Setting]) -> None:
    for key, value in settings.items():
        option = _c.LIB.gan_option_find(key.encode())
        if option >= _layout.OPTIONS:
            raise TypeError(
                f"no setting {key!r}: `gan train --help` lists them, with dashes for underscores"
            )
        err = _c.Error()
        _need(_c.LIB.gan_options_set(options, option, _text(value), _FROM_FLAG, c.byref(err)), err)


def _run(
    function: str,
    data: Union[Data, Path, None],
    callback: Optional[Callback],
    settings: Mapping[str, Setting],
) -> TrainResult:
    raised: list[BaseException] = []
    stop = c.c_int(0)
    ended = False

    def event(_: object, pointer: "c._Pointer[_c.Event]") -> None:
        nonlocal ended
        try:
            if callback is not None and not raised and callback(_event(pointer.contents)) is False:
                stop.value, ended = 15, True
        except BaseException as failure:  # not through C: after it
            raised.append(failure)
            stop.value = 15

    options = c.create_string_buffer(_layout.SIZES["gan_options"])
    result, err = _c.TrainResult(), _c.Error()
    callbacks = _c.TrainCallbacks(event=_c.EventFunction(event), stop=c.pointer(stop))
    _need(_c.LIB.gan_options_init(options, c.byref(err)), err)
    try:
        _set_all(options, settings)
        if isinstance(data, Data):
            callbacks.data = data._use()
        elif data is not None:
            _set_all(options, {"data": data})
        status = getattr(_c.LIB, function)(
            options, c.byref(callbacks), c.byref(result), c.byref(err)
        )
    finally:
        _c.LIB.gan_options_free(options)
    if raised:
        raise raised[0]
    if not ended:
        _need(status, err)
    accuracy = float(result.test_accuracy)
    return TrainResult(
        folder=os.fsdecode(result.folder),
        checkpoint=os.fsdecode(result.checkpoint),
        step=result.step,
        seconds=result.seconds,
        img_per_s=result.img_per_s,
        test_accuracy=None if math.isnan(accuracy) else accuracy,
        stopped=ended,
    )


def train(
    *,
    data: Union[Data, Path, None] = None,
    callback: Optional[Callback] = None,
    **settings: Setting,
) -> TrainResult:
    """Trains a GAN, as the command `gan train` does, and returns where the run is.

    settings: those of `gan train --help`, with underscores: net, steps, batch_size, outdir, ...
    callback: told every Event; a False from it ends the run after this step, all saved, and what
    it raises is raised here then.
    """
    return _run("gan_train", data, callback, settings)


def classify(
    *,
    data: Union[Data, Path, None] = None,
    callback: Optional[Callback] = None,
    **settings: Setting,
) -> TrainResult:
    """The same for a classifier, as the command `gan classify`."""
    return _run("gan_classify", data, callback, settings)
