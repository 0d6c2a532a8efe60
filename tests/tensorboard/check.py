"""check.py — event files read by TensorBoard's own EventAccumulator.

    BUILD=build/release python3 tests/tensorboard/check.py

A run, a second one that is cut and resumed: every scalar is that of stats.jsonl, no step is there
twice, pictures are the PNG files of the run, histograms count every parameter, texts and settings
are there."""
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

GAN = os.path.abspath(os.path.join(os.environ["BUILD"], "gan"))
FLAGS = ("--net tiny --data digits --limit 96 --batch-size 8 --grid 2x2 --device cpu --threads 1 "
         "--quiet --log-every 1 --sample-every 4 --save-every 4 --tensorboard").split()
TAGS = {"Loss/D": "Loss/D/loss", "Loss/G": "Loss/G/loss", "D/real": "D/real", "D/fake": "D/fake",
        "Norm/G": "Norm/G", "Norm/D": "Norm/D", "Timing/img_per_s": "Timing/img_per_s"}
results = {"passed": 0, "failed": 0}


def check(name, got, want):
    """Counts, and says what differs."""
    results["passed" if got == want else "failed"] += 1
    print(f"{'ok' if got == want else 'not ok'} {name}")
    if got != want:
        print(f"    got:    {got}\n    wanted: {want}")


def train(folder, *flags):
    subprocess.run([GAN, "train", *flags, "--outdir", str(folder)], check=True,
                   stdout=subprocess.DEVNULL)
    return next(Path(folder).iterdir())


def load(run):
    accumulator = EventAccumulator(str(run), size_guidance={"scalars": 0, "images": 0,
                                                            "histograms": 0, "tensors": 0})
    accumulator.Reload()
    return accumulator


def check_scalars(name, run, events):
    lines = [json.loads(line) for line in (run / "stats.jsonl").read_text().splitlines()]
    for key, tag in TAGS.items():
        got = [(e.step, f"{e.value:.5g}") for e in events.Scalars(tag)]
        check(f"{name}: {tag}", got, [(line["step"], f"{line[key]:.5g}") for line in lines])


def check_rest(run, events):
    for image in events.Images("samples"):
        png = (run / f"samples/step-{image.step:08}.png").read_bytes()
        check(f"picture of step {image.step}", image.encoded_image_string == png, True)
    check("pictures", [e.step for e in events.Images("samples")], [0, 4, 8, 12])
    tags = events.Tags()
    check("texts", [t for t in tags["tensors"] if "/" not in t], ["config", "network", "device"])
    weights = {t[8:]: events.Histograms(t) for t in tags["histograms"] if t.startswith("weights/")}
    total = sum(h[-1].histogram_value.num for h in weights.values())
    plan = json.loads(subprocess.run([GAN, "train", *FLAGS, "--dry-run", "--json"], check=True,
                                     capture_output=True, text=True).stdout)
    check("weights", total, plan["generator"]["trained"] + plan["discriminator"]["trained"])
    plugins = events.PluginTagToContent("hparams")
    check("hyperparameters", "_hparams_/session_start_info" in plugins, True)


def main():
    with tempfile.TemporaryDirectory() as work:
        whole = train(Path(work) / "a", *FLAGS, "--steps", "12")
        events = load(whole)
        check_scalars("a run", whole, events)
        check_rest(whole, events)
        cut = train(Path(work) / "b", *FLAGS, "--steps", "10")
        (cut / "checkpoints/step-00000010.safetensors").unlink()
        file = next(cut.glob("events.out.tfevents.*"))
        file.write_bytes(file.read_bytes()[:-3])
        subprocess.run([GAN, "train", "--resume", str(cut), "--steps", "12", "--quiet",
                        "--tensorboard"], check=True, stdout=subprocess.DEVNULL)
        events = load(cut)
        check_scalars("a resumed run", cut, events)
        curves = [[(e.step, e.value) for e in run.Scalars("Loss/G/loss")]
                  for run in (events, load(whole))]
        check("a resumed run: the curve", *curves)
    print(f"{results['passed']} passed, {results['failed']} failed")
    sys.exit(results["failed"] > 0)


main()
