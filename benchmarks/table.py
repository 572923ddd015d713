"""The tables that the figures make, in Markdown."""

from statistics import median

from benchmarks.contenders import CONTENDERS, OWN
from vae.config import RunConfig

REFERENCE = "tape"
LOSS_TOLERANCE = 0.01
GROWTH_TOLERANCE = 0.15
# Seconds of an epoch of the first over those of the second, and what they should be.
RATIOS = (
    ("tape_scan_xla", "jax", "≤", 1.10),
    ("fit", "tape_scan_xla", "≥", 3.0),
    ("torch", "tape_scan_xla", "≥", 2.0),
    ("fit", "tape", "≥", 1.3),
)


def later(figures: list[dict]) -> list[float]:
    """The seconds of all epochs but the first of each repeat."""
    return [seconds for repeat in figures for seconds in repeat.get("epoch_seconds", [])[1:]]


def wrong(measured: dict) -> list[str]:
    """The contenders that did not train what they should: another loss, or one of our loops that broke off."""
    return [
        name
        for name, figures in measured["figures"].items()
        if _wrong_loss(name, measured) or (name in OWN and any("error" in repeat for repeat in figures))
    ]


def page(measured: dict) -> str:
    """All that was measured: the machine, the contenders, the ratios and the growth."""
    parts = [_machine(measured), _contenders(measured)]
    if any(repeat.get("error") == "not installed" for figures in measured["figures"].values() for repeat in figures):
        parts.append("`pip install -r requirements-bench.txt` installs the libraries that are not installed.")
    parts.append(_ratios(measured))
    if measured.get("growth"):
        parts.append(_growth(measured["growth"]))
    return "\n\n".join(part for part in parts if part)


def _machine(measured: dict) -> str:
    machine = measured["machine"]
    versions = [f"{name} {number}" for name, number in machine["versions"].items() if number]
    return (
        f"{measured['date']}: {machine['processor']}, {machine['cores']} cores, {', '.join(versions)}; "
        f"{_count(measured['images'])} images, {measured['epochs']} epochs, repeats: {measured['repeats']}."
    )


def _contenders(measured: dict) -> str:
    rows = [_row(name, measured) for name in measured["figures"]]
    return _markdown(("contender", "first epoch", "later epochs", "range", "total", "loss", ""), rows)


def _row(name: str, measured: dict) -> tuple[str, ...]:
    title, figures = CONTENDERS[name].title, measured["figures"][name]
    errors = [repeat["error"] for repeat in figures if "error" in repeat]
    if errors:
        return title, *["–"] * 5, errors[0]
    seconds = later(figures)
    return (
        title,
        f"{median(repeat['epoch_seconds'][0] for repeat in figures):.2f} s",
        f"{median(seconds):.2f} s",
        f"{min(seconds):.2f}–{max(seconds):.2f} s",
        f"{median(sum(repeat['epoch_seconds']) for repeat in figures):.2f} s",
        f"{figures[0]['loss']:.4f}",
        _remark(name, measured),
    )


def _remark(name: str, measured: dict) -> str:
    if _wrong_loss(name, measured):
        return "wrong loss"
    images = measured["figures"][name][0]["images"]
    return f"timed on {_count(images)} images and scaled" if images < measured["images"] else ""


def _wrong_loss(name: str, measured: dict) -> bool:
    """Whether a repeat's loss is not the tutorial loop's; only the tutorial's own training has settled enough."""
    default = RunConfig()
    references = [repeat["loss"] for repeat in measured["figures"].get(REFERENCE, []) if "loss" in repeat]
    if not references or (measured["images"], measured["epochs"]) != (default.images, default.epochs):
        return False
    return any(
        not abs(repeat["loss"] / references[0] - 1) <= LOSS_TOLERANCE
        for repeat in measured["figures"][name]
        if repeat.get("images") == default.images
    )


def _ratios(measured: dict) -> str:
    rows = []
    for first, second, sign, bound in RATIOS:
        above, below = (later(measured["figures"].get(name, [])) for name in (first, second))
        if above and below:
            ratio = median(above) / median(below)
            holds = ratio <= bound if sign == "≤" else ratio >= bound
            name = f"{CONTENDERS[first].title} / {CONTENDERS[second].title}"
            rows.append((name, f"{sign} {bound:.2f}", f"{ratio:.2f}", "holds" if holds else "does not hold"))
    return _markdown(("seconds of a later epoch", "should be", "is", ""), rows) if rows else ""


def _growth(growth: dict[str, dict[str, list[float]]]) -> str:
    rows = [_growth_row(name, by_size) for name, by_size in growth.items() if by_size[max(by_size, key=int)]]
    if not rows:
        return ""
    sizes = [f"{_count(int(size))} images" for size in next(iter(growth.values()))]
    explanation = (
        "An epoch by the number of images, after compilation, and in brackets the seconds an image against those with "
        f"the most images. Linear means: within {GROWTH_TOLERANCE:.0%}."
    )
    return explanation + "\n\n" + _markdown(("loop", *sizes, f"within {GROWTH_TOLERANCE:.0%}"), rows)


def _growth_row(name: str, by_size: dict[str, list[float]]) -> tuple[str, ...]:
    each = {size: median(seconds) / int(size) for size, seconds in by_size.items() if seconds}
    ratios = {size: seconds / each[max(by_size, key=int)] for size, seconds in each.items()}
    cells = [f"{median(seconds):.3f} s (× {ratios[size]:.2f})" if seconds else "–" for size, seconds in by_size.items()]
    linear = len(each) == len(by_size) and all(abs(ratio - 1) <= GROWTH_TOLERANCE for ratio in ratios.values())
    return CONTENDERS[name].title, *cells, "linear" if linear else "not linear"


def _markdown(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    lines = [head, ("---",) * len(head), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines).replace("|  |", "| |")


def _count(number: int) -> str:
    return f"{number:,}".replace(",", " ")
