"""What a training takes, before it begins: weights, memory and disk, as pure functions of its settings."""

from itertools import pairwise

from vae.config import PIXELS, RunConfig

FLOAT = 4
# Filters of the convolutional network (`vae.model.convolutional`): side of the answer, channels in, channels out.
CONV_ENCODER = ((14, 1, 32), (7, 32, 64))
CONV_DECODER = ((14, 64, 64), (28, 64, 32), (28, 32, 1))
FIELDS = 7 * 7 * 64
# A worker that has TensorFlow and MNIST and has tested a small model, in millions of bytes; and how often a training
# holds its weights (with gradients and Adam's two moments), its images where each epoch draws them anew, and a batch's
# answers. Testing a convolutional network takes as much as the answers of a large batch. Fitted to docs/memory.md.
BASE_MB, WEIGHT_COPIES, BINARIZED_COPIES = 1200, 4, 5
ANSWER_COPIES, TEST_MB = {"dense": 5.0, "conv": 1.7}, {"dense": 0, "conv": 600}
# A run that is under way keeps its two newest checkpoints; in each stand the weights and Adam's two moments of them.
CHECKPOINTS, STATE_COPIES = 2, 3
# Of an archive of weights beside the numbers, and of a step's row in SQLite with its share of the tree; of the copies
# of steps and rows, beside the steps, for each epoch; and of a step's copy.
ARCHIVE_BYTES, STEP_BYTES, COPY_BYTES, STEP_COPY_BYTES = 8_000, 120, 3_500, 56


def weights(config: RunConfig) -> int:
    """The trainable numbers of the network, exactly."""
    filters = CONV_ENCODER + CONV_DECODER if config.network == "conv" else ()
    dense = sum((units + 1) * answers for units, answers in _dense(config))
    return dense + sum((9 * units + 1) * answers for _, units, answers in filters) + _has_sigma(config)


def memory_mb(config: RunConfig) -> int:
    """About what the process of a training takes at its highest, in millions of bytes; measured: docs/memory.md."""
    images = config.images * PIXELS * (1 if config.inputs == "grey" else BINARIZED_COPIES)
    answers = ANSWER_COPIES[config.network] * config.batch_size * _answers(config)
    kept = images + WEIGHT_COPIES * weights(config)
    return round(BASE_MB + FLOAT * kept / 1e6 + max(TEST_MB[config.network], FLOAT * answers / 1e6))


def disk_bytes(config: RunConfig) -> int:
    """The most that a run takes: weights before the training and after each epoch, checkpoints, each step twice."""
    archives = config.epochs + 1 + CHECKPOINTS * STATE_COPIES
    steps = config.steps * (STEP_BYTES + STEP_COPY_BYTES)
    return archives * (FLOAT * weights(config) + ARCHIVE_BYTES) + (config.epochs + 1) * COPY_BYTES + steps


def _answers(config: RunConfig) -> int:
    """The numbers that all layers together answer to one image, each sample of the code decoded on its own."""
    conv = config.network == "conv"
    encoder, decoder = ([side**2 * out for side, _, out in filters] for filters in (CONV_ENCODER, CONV_DECODER))
    wide = sum(config.widths) + 2 * config.latent_dim + (sum(encoder) if conv else 0)
    drawn = config.latent_dim + sum(config.widths[1:]) + (FIELDS + sum(decoder) if conv else config.widths[0] + PIXELS)
    return wide + config.samples * drawn


def _has_sigma(config: RunConfig) -> bool:
    return config.likelihood == "learned_gaussian"


def _dense(config: RunConfig) -> list[tuple[int, int]]:
    """The dense layers, as units in and units out: the encoder's, the two of the code, the decoder's."""
    conv, last = config.network == "conv", config.widths[-1]
    encoder = list(pairwise([FIELDS if conv else PIXELS, *config.widths]))
    further = [config.latent_dim, *config.widths[:0:-1]]
    decoder = list(pairwise([*further, FIELDS] if conv else [*further, config.widths[0], PIXELS]))
    return [*encoder, (last, config.latent_dim), (last, config.latent_dim), *decoder]
