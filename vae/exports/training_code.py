"""Settings, data and loop of a run as plain Keras code, with what this run needs and nothing else."""

from vae.config import RunConfig
from vae.data import DATASETS
from vae.exports.model_code import reconstruction_loss, several_samples
from vae.exports.sections import Section, fill
from vae.loops.compiler import uses_xla

BUILT_IN_IMAGES = 60_000

LOAD = """
if FILE:
    with np.load(FILE) as file:
        x_train = $from_file
else:
    $from_keras
x_train = x_train[:IMAGES].reshape(-1, 784).astype("float32") / 255
$threshold
"""
LOAD_TRAIN = ('file["x_train"]', "(x_train, _), _ = keras.datasets.$dataset.load_data()")
LOAD_ALL = (
    'np.concatenate([file["x_train"], file["x_test"]])',
    """
(x_train, _), (x_test, _) = keras.datasets.$dataset.load_data()
x_train = np.concatenate([x_train, x_test])
""",
)
THRESHOLD = 'x_train = (x_train > 0.5).astype("float32")'
BINARIZED = '''


def binarized(epoch):
    """The images in black and white, each pixel white with its grey as probability."""
    key = np.array([$noise_seed, epoch + 2**32], "uint64")
    bits = np.random.Philox(key=key).random_raw(-(-x_train.size // 4)).view("uint16")
    bits = (bits[: x_train.size] >> 1).reshape(x_train.shape)
    return (bits < (x_train * 32_768).astype("uint16")).astype("float32")
'''
ORDER = '''


def epoch_order(epoch):
    """The numbers of the images in the order of an epoch."""
    key = np.array([$order_seed, epoch], "uint64")
    bits = np.random.Philox(key=key).random_raw(len(x_train))
    return np.argsort(bits, kind="stable")
'''
BATCHES = '''


def batches(epoch):
    """The batches of an epoch, float32 [batch, 784]; the last one may be smaller."""
    images, order = $images, epoch_order(epoch)
    for start in range(0, len(order), BATCH_SIZE):
        yield images[order[start : start + BATCH_SIZE]]
'''

PREPARED = """
keras.utils.set_random_seed($weights_seed)
vae = VariationalAutoEncoder()
vae(keras.Input((784,)))  # makes the weights, without a draw of the noise
$loss
$schedule
optimizer = keras.optimizers.Adam($rate$clip)
$build
"""
STEPS = "steps = EPOCHS * -(-len(x_train) // BATCH_SIZE)\n"
SCHEDULES = {
    "constant": "",
    "cosine": STEPS + "rate = keras.optimizers.schedules.CosineDecay(LEARNING_RATE, steps)",
    "burda": STEPS
    + """ends = [round(steps * (3**i - 1) / (3**8 - 1)) for i in range(1, 8)]
rates = [LEARNING_RATE * 10 ** (-i / 7) for i in range(8)]
rate = keras.optimizers.schedules.PiecewiseConstantDecay(ends, rates)""",
}
BUILD = "optimizer.build(vae.trainable_weights)"

TRAIN_STEP = '''
$decorator
def train_step(x):
    """One step of the optimizer on a batch; returns its loss."""
    with tf.GradientTape() as tape:
        answer = vae(x, training=True)
        loss = reconstruction_loss(x, answer) + sum(vae.losses)
    gradients = tape.gradient(loss, vae.trainable_weights)
    optimizer.apply_gradients(zip(gradients, vae.trainable_weights, strict=True))
    return loss
'''
GRAPH = "@tf.function(input_signature=[tf.TensorSpec([None, 784], tf.float32)])"
TAPE = """


for epoch in range(EPOCHS):
    losses, sizes = [], []
    for x in batches(epoch):
        losses.append(float(train_step(tf.convert_to_tensor(x))))
        sizes.append(len(x))
    mean = np.average(losses, weights=sizes)
    print(f"Epoch {epoch + 1} of {EPOCHS}: loss {mean:.7f}")
"""
SCAN = '''


$decorator
def train_steps(images, order):
    """A step for each row of `order`, all in one graph; returns their losses."""
    losses = tf.TensorArray(tf.float32, size=len(order))
    for step in tf.range(len(order)):
        losses = losses.write(step, train_step(tf.gather(images, order[step])))
    return losses.stack()


$constant
for epoch in range(EPOCHS):
    $anew
    order = epoch_order(epoch)
    whole = len(order) - len(order) % BATCH_SIZE
    parts = [order[:whole].reshape(-1, BATCH_SIZE), order[whole:].reshape(1, -1)]
    losses, sizes = [], []
    for part in parts:
        if part.size:
            losses += train_steps(images, tf.constant(part)).numpy().tolist()
            sizes += [part.shape[1]] * len(part)
    mean = np.average(losses, weights=sizes)
    print(f"Epoch {epoch + 1} of {EPOCHS}: loss {mean:.7f}")
'''
FIT = '''
class Epochs(keras.utils.PyDataset):
    """Gives fit() the batches of each epoch in its own order."""

    def __init__(self):
        super().__init__()
        self.epoch, self.batches = 0, list(batches(0))

    def __len__(self):
        return len(self.batches)

    def __getitem__(self, index):
        return self.batches[index], self.batches[index]

    def on_epoch_begin(self):
        self.batches = list(batches(self.epoch))
        self.epoch += 1


vae.compile(
    optimizer,
    loss=reconstruction_loss,
    $execution
    jit_compile=False,
)
history = vae.fit(Epochs(), epochs=EPOCHS, shuffle=False, verbose=2)
for epoch, loss in enumerate(history.history["loss"]):
    print(f"Epoch {epoch + 1} of {EPOCHS}: loss {loss:.7f}")
'''
WORDS = {
    "tape": "A hand-written loop with its step compiled by tf.function.",
    "tape_eager": "A hand-written loop; every operation runs from Python, one by one.",
    "tape_scan": "A hand-written loop with an epoch's steps inside one compiled graph.",
    "fit": "compile() and fit().",
}


def settings(config: RunConfig, loop: str) -> list[str]:
    """The lines that set what this training uses."""
    shifts = {config.weights_shift, config.order_shift, config.noise_shift}
    values: dict[str, int | float | bool] = {"SEED": config.seed + config.weights_shift}
    if len(shifts) > 1:
        values = {
            f"{kind.upper()}_SEED": config.seed + getattr(config, f"{kind}_shift")
            for kind in ("weights", "order", "noise")
        }
    values |= {
        "IMAGES": config.images,
        "EPOCHS": config.epochs,
        "BATCH_SIZE": config.batch_size,
        "LEARNING_RATE": config.learning_rate,
    }
    if config.clip_norm:
        values["CLIP_NORM"] = config.clip_norm
    if loop == "fit" and config.steps_per_execution > 1:
        values["STEPS_PER_EXECUTION"] = config.steps_per_execution
    values["LATENT_DIM"] = config.latent_dim
    if several_samples(config):
        values["SAMPLES"] = config.samples
    if "gaussian" in config.likelihood:
        values["SIGMA"] = config.sigma
    if config.kl_weight != 1 or config.warm_up != "none":
        values["KL_WEIGHT"] = config.kl_weight
    if config.warm_up != "none":
        values["WARM_UP_STEPS"] = config.warm_up_epochs * config.steps_per_epoch
    if config.free_bits:
        values["FREE_BITS"] = config.free_bits
    return [f"{name} = {value!r}" for name, value in values.items()]


def seed_name(config: RunConfig, kind: str) -> str:
    """The constant with the seed of "weights", "order" or "noise"."""
    shifts = {config.weights_shift, config.order_shift, config.noise_shift}
    return f"{kind.upper()}_SEED" if len(shifts) > 1 else "SEED"


def needs_math(config: RunConfig) -> bool:
    """Whether the code uses the module `math`."""
    return "gaussian" in config.likelihood or config.bound == "iwae"


def data(config: RunConfig, loop: str) -> Section:
    """The section that loads the images and puts each epoch's into its order."""
    from_file, from_keras = LOAD_TRAIN if config.images <= BUILT_IN_IMAGES else LOAD_ALL
    load = fill(
        LOAD,
        from_file=from_file,
        from_keras=fill(from_keras, dataset=config.dataset),
        threshold=THRESHOLD if config.inputs == "threshold" else "",
    )
    dynamic, scan = config.inputs == "dynamic", loop == "tape_scan"
    code = load + _gap(ORDER, order_seed=seed_name(config, "order"))
    if dynamic:
        code += _gap(BINARIZED, noise_seed=seed_name(config, "noise"))
    if not scan:
        code += _gap(BATCHES, images="binarized(epoch)" if dynamic else "x_train")
    drawn = " Every epoch draws them anew in black and white." if dynamic else ""
    return Section(
        "Data",
        f"Images of {DATASETS[config.dataset].title} as rows of 784 pixels in 0..1.{drawn} The order of an epoch is "
        "made from Philox's random bits, which NumPy keeps the same between versions.",
        code,
    )


def training(config: RunConfig, loop: str) -> list[Section]:
    """The sections that make the model and train it."""
    prepared = fill(
        PREPARED,
        weights_seed=seed_name(config, "weights"),
        loss=reconstruction_loss(config) if config.per_pixel else "",
        schedule=SCHEDULES[config.schedule],
        rate="LEARNING_RATE" if config.schedule == "constant" else "rate",
        clip=", global_clipnorm=CLIP_NORM" if config.clip_norm else "",
        build="" if loop == "fit" else BUILD,
    )
    if not config.per_pixel:
        prepared += "\n\n\n" + reconstruction_loss(config)
    return [
        Section("First weights and optimizer", "The seed fixes the first weights.", prepared),
        Section("Training", WORDS[loop], _loop(config, loop)),
    ]


def _loop(config: RunConfig, loop: str) -> str:
    dynamic = config.inputs == "dynamic"
    if loop == "fit":
        several = config.steps_per_execution > 1
        return fill(FIT, execution="steps_per_execution=STEPS_PER_EXECUTION," if several else "")
    if loop == "tape_scan":
        return fill(TRAIN_STEP, decorator="") + _gap(
            SCAN,
            decorator="@tf.function(jit_compile=True)" if uses_xla(config) else "@tf.function",
            constant="" if dynamic else "images = tf.constant(x_train)",
            anew="images = tf.constant(binarized(epoch))" if dynamic else "",
        )
    return fill(TRAIN_STEP, decorator=GRAPH if loop == "tape" else "") + _gap(TAPE)


def _gap(template: str, **parts: str) -> str:
    return "\n\n\n" + fill(template, **parts)
