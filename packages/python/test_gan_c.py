"""test_gan_c.py — the module as it is installed: run in a folder that may be written to."""

from __future__ import annotations

import ctypes
import tempfile
import unittest
from typing import Optional

import numpy as np

import gan_c
from gan_c import _layout, _library

SETTINGS: dict[str, gan_c.Setting] = {"net": "tiny", "batch_size": 8, "log_every": 1, "gif": False}


class Layout(unittest.TestCase):
    def test_structures_are_those_of_the_headers(self) -> None:
        for name, structure in _library.STRUCTURES.items():
            self.assertEqual(ctypes.sizeof(structure), _layout.SIZES[name], name)
        for (name, field), place in _layout.PLACES.items():
            self.assertEqual(
                getattr(_library.STRUCTURES[name], field).offset, place, f"{name}.{field}"
            )


class Training(unittest.TestCase):
    def setUp(self) -> None:
        self.folder = tempfile.mkdtemp()

    def train(
        self, callback: Optional[gan_c.Callback] = None, **more: gan_c.Setting
    ) -> gan_c.TrainResult:
        settings = {
            **SETTINGS,
            "data": "digits",
            "limit": 64,
            "outdir": self.folder,
            "steps": 6,
            **more,
        }
        data = settings.pop("data")
        assert isinstance(data, str)
        return gan_c.train(data=data, callback=callback, **settings)

    def test_trains_tells_and_samples(self) -> None:
        events: list[gan_c.Event] = []
        result = self.train(events.append)
        self.assertEqual((result.step, result.stopped), (6, False))
        self.assertEqual([e.step for e in events if e.kind == "progress"], [1, 2, 3, 4, 5, 6])
        logged = [e for e in events if e.kind == "log"]
        self.assertTrue(all(0 < e.metrics["loss_d"] < 10 for e in logged))
        self.assertNotIn("accuracy", logged[0].metrics)
        with gan_c.load(result.folder) as generator:
            self.assertEqual(generator.shape, (28, 28, 1))
            self.assertEqual((generator.step, generator.path), (6, result.checkpoint))
            images = generator.sample(3)
            self.assertEqual((images.shape, images.dtype), ((3, 28, 28, 1), np.dtype("float32")))
            self.assertLessEqual(float(np.abs(images).max()), 1)
            self.assertTrue(np.array_equal(generator.sample([2, 0]), images[[2, 0]]))
            self.assertEqual(generator.sample([]).shape, (0, 28, 28, 1))
            z = np.random.default_rng(1).standard_normal((2, generator.nz))
            self.assertTrue(np.array_equal(generator.decode(z), generator.decode(z)))
            with self.assertRaises(ValueError):
                generator.decode(z[:, 1:])
        with self.assertRaises(ValueError):
            generator.sample(1)

    def test_callback_stops_and_the_run_resumes(self) -> None:
        stopped = self.train(lambda e: not (e.kind == "progress" and e.step == 3))
        self.assertEqual((stopped.step, stopped.stopped), (3, True))
        self.assertEqual(self.train(resume=stopped.folder).folder, stopped.folder)
        whole = self.train(resume=stopped.folder)
        straight = self.train()
        self.assertTrue(
            np.array_equal(
                gan_c.load(whole.folder).sample(2), gan_c.load(straight.folder).sample(2)
            )
        )

    def test_what_a_callback_raises_is_raised(self) -> None:
        def fail(event: gan_c.Event) -> None:
            if event.step == 2:
                raise KeyboardInterrupt

        with self.assertRaises(KeyboardInterrupt):
            self.train(fail)

    def test_arrays_are_data(self) -> None:
        rng = np.random.default_rng(0)
        images = rng.integers(0, 256, (40, 28, 28, 1), dtype=np.uint8)
        with gan_c.Data(images, np.arange(40) % 4, name="noise") as data:
            self.assertEqual((len(data), data.name), (40, "noise"))
            self.assertTrue(np.array_equal(data.images, images))
            assert data.labels is not None
            self.assertEqual(data.labels.tolist(), [i % 4 for i in range(40)])
            self.assertEqual(data.fingerprint, gan_c.Data(images[..., 0]).fingerprint)
            result = gan_c.train(data=data, outdir=self.folder, net="tiny", batch_size=8, steps=2)
            self.assertIn("noise", result.folder)
        with self.assertRaises(ValueError):
            gan_c.Data(images, [1, 2])
        with self.assertRaises(TypeError):
            gan_c.Data(images.astype(np.float32))

    def test_a_classifier_learns(self) -> None:
        result = gan_c.classify(
            net="mnist-classifier",
            data="digits",
            limit=64,
            batch_size=16,
            steps=2,
            outdir=self.folder,
        )
        self.assertEqual(result.step, 2)

    def test_failures_have_the_sentence(self) -> None:
        with self.assertRaises(gan_c.GanError) as caught:
            gan_c.load("/nowhere")
        self.assertEqual(caught.exception.status, "E_NO_INPUT")
        self.assertIn("/nowhere", str(caught.exception))
        with self.assertRaises(gan_c.GanError) as caught:
            self.train(batch_size=-1)
        self.assertIn("batch", str(caught.exception))
        with self.assertRaises(TypeError):
            self.train(batchsize=1)
        with self.assertRaises(gan_c.GanError):
            gan_c.open_data("no such thing")
        self.assertEqual(len(gan_c.open_data("digits", limit=5)), 5)


if __name__ == "__main__":
    unittest.main(verbosity=1)
