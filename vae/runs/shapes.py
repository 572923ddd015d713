"""The shapes of a model's weights, from its config alone: what a stranger's weights are checked against."""

from vae.config import PIXELS, RunConfig

Shapes = dict[str, tuple[tuple[int, ...], str]]
FIELDS = 7 * 7 * 64


def shapes(config: RunConfig) -> Shapes:
    """Shape and dtype of each array by its name, as `vae.training.build(config).weights` has them."""
    widths, conv = config.widths, config.network == "conv"
    hidden = ["dense_proj", *(f"dense_{number}" for number in range(2, len(widths) + 1))]
    last = widths[-1], config.latent_dim
    layers: dict[str, tuple[int, ...]] = {"encoder/dense_mean": last, "encoder/dense_log_var": last}
    for name, inputs, width in zip(hidden, [FIELDS if conv else PIXELS, *widths], widths, strict=False):
        layers[f"encoder/{name}"] = inputs, width
    inputs = config.latent_dim
    for name, width in list(zip(hidden, widths, strict=True))[: 0 if conv else None : -1]:
        layers[f"decoder/{name}"] = inputs, width
        inputs = width
    if conv:
        layers |= {
            "encoder/conv_1": (3, 3, 1, 32),
            "encoder/conv_2": (3, 3, 32, 64),
            "decoder/fields": (inputs, FIELDS),
            # The filters of a transposed convolution name their outputs first.
            "decoder/conv_1": (3, 3, 64, 64),
            "decoder/conv_2": (3, 3, 32, 64),
            "decoder/conv_3": (3, 3, 1, 32),
        }
    else:
        layers["decoder/dense_output"] = inputs, PIXELS
    found: Shapes = {"vae/encoder/sampling/draw": ((), "int64")}
    for name, shape in layers.items():
        outputs = shape[2] if name.startswith("decoder/conv") else shape[-1]
        found |= {f"vae/{name}/kernel": (shape, "float32"), f"vae/{name}/bias": ((outputs,), "float32")}
    if config.likelihood == "learned_gaussian":
        found["vae/log_sigma"] = ((), "float32")
    return found
