"""The pieces of code that an exported model is put together from, see `vae.exports.model_code`."""

from vae.exports.sections import fill

SAMPLING = '''
def standard_normal(shape, draw):
    """Noise by the transform of Box and Muller of the bits that belong to a draw."""
    bits = tf.random.stateless_uniform(
        tf.concat([[2], shape], 0),
        seed=tf.stack([tf.constant($noise_seed, tf.int64), draw]),
        minval=None,
        maxval=None,
        dtype=tf.int32,
        alg="philox",
    )
    bits = tf.bitwise.right_shift(tf.bitcast(bits, tf.uint32), np.uint32(8))
    u, v = tf.unstack(tf.cast(bits, tf.float32) * 2.0**-24)
    return tf.sqrt(-2 * tf.math.log(u + 2.0**-24)) * tf.cos(2 * np.pi * (v - 0.5))


class Sampling(layers.Layer):
    """Draws z from N(z_mean, exp(z_log_var)), with other noise at every call."""

    def __init__(self):
        super().__init__()
        self.draw = self.add_weight(
            shape=(), dtype="int64", initializer="zeros", trainable=False
        )

    def call(self, inputs):
        z_mean, z_log_var = inputs
        $shape
        epsilon = standard_normal(shape, tf.convert_to_tensor(self.draw))
        self.draw.assign_add(1)
        return z_mean + tf.exp(0.5 * z_log_var) * epsilon
'''

ENCODER = '''
class Encoder(layers.Layer):
    """Maps images to the mean and the log variance of q(z|x), and draws z from it."""

    def __init__(self):
        super().__init__()
        $dense
        self.dense_mean = layers.Dense(LATENT_DIM)
        self.dense_log_var = layers.Dense(LATENT_DIM)
        self.sampling = Sampling()
        $filters

    def call(self, x):
        $convolve
        $hidden
        z_mean, z_log_var = self.dense_mean(x), self.dense_log_var(x)
        return z_mean, z_log_var, self.sampling((z_mean, z_log_var))
'''
ENCODER_FILTERS = """
halved = {"strides": 2, "padding": "same", "activation": "$activation"}
self.conv_1 = layers.Conv2D(32, 3, **halved)
self.conv_2 = layers.Conv2D(64, 3, **halved)
"""
ENCODER_CONVOLVE = """
x = self.conv_2(self.conv_1(tf.reshape(x, (-1, 28, 28, 1))))
x = tf.reshape(x, (-1, 7 * 7 * 64))
"""

DECODER = '''
class Decoder(layers.Layer):
    """Maps codes back to images$logits."""

    def __init__(self):
        super().__init__()
        $dense
        $last

    def call(self, z):
        $hidden
        $draw
'''
DENSE_LAST = "self.dense_output = layers.Dense(784$output)"
DENSE_DRAW = "return self.dense_output(x)"
DECODER_FILTERS = """
self.fields = layers.Dense(7 * 7 * 64, activation="$activation")
doubled = {"strides": 2, "padding": "same", "activation": "$activation"}
self.conv_1 = layers.Conv2DTranspose(64, 3, **doubled)
self.conv_2 = layers.Conv2DTranspose(32, 3, **doubled)
self.conv_3 = layers.Conv2DTranspose(1, 3, padding="same"$output)
"""
DECODER_DRAW = """
x = tf.reshape(self.fields($last), (-1, 7, 7, 64))
x = self.conv_3(self.conv_2(self.conv_1(x)))
return tf.reshape(x, (-1, 784))
"""

MODEL = '''
class VariationalAutoEncoder(keras.Model):
    """Encodes, draws a code and decodes; adds $added to the loss."""

    def __init__(self):
        super().__init__()
        self.encoder = Encoder()
        self.decoder = Decoder()
        $log_sigma

    def call(self, x):
        $step
        z_mean, z_log_var, z = self.encoder(x)
        $decode
        $cost
        return answer
'''
LOG_SIGMA = """
start = keras.initializers.Constant(math.log(SIGMA))
self.log_sigma = self.add_weight(shape=(), initializer=start)
"""
STEP = "step = tf.cast(self.encoder.sampling.draw, tf.float32)"
DECODE_SEVERAL = """
answer = self.decoder(tf.reshape(z, (-1, LATENT_DIM)))
answer = tf.reshape(answer, (SAMPLES, -1, 784))
"""
KL = """
kl = -0.5 * (z_log_var - tf.square(z_mean) - tf.exp(z_log_var) + 1)
$free_bits
$weight
self.add_loss($weighted)
"""
FREE_BITS = "kl = tf.maximum(tf.reduce_mean(kl, axis=0, keepdims=True), FREE_BITS)"
REDUCED = {"mean": "tf.reduce_mean(kl)", "sum": "tf.reduce_mean(tf.reduce_sum(kl, axis=-1))"}
WARM_UP = {
    "none": "",
    "linear": "weight = KL_WEIGHT * tf.minimum(step / WARM_UP_STEPS, 1.0)",
    "cyclical": """
        cycle = (step % WARM_UP_STEPS) / WARM_UP_STEPS
        weight = KL_WEIGHT * tf.minimum(2 * cycle, 1.0)
    """,
}
# Burda et al. 2015, eq. 8: the log of the mean of the weights p(x, z) / q(z|x).
IWAE = """
squares = tf.square(z - z_mean) * tf.exp(-z_log_var)
ratio = 0.5 * tf.reduce_sum(tf.square(z) - squares - z_log_var, axis=-1)
$weight
# With the reconstruction loss this makes the negative bound.
log_weights = -(self.nll(x, answer) + $weighted)
bound = tf.reduce_logsumexp(log_weights, axis=0) - math.log(SAMPLES)
self.add_loss(-tf.reduce_mean(bound) - tf.reduce_mean(self.nll(x, answer)))
"""
NLL = '''
def nll(self, x, answer):
    """-log p(x|z) of $distribution: nats an image."""
    $formula
'''
GAUSSIAN = """
squares = tf.reduce_sum(tf.square(x - answer), axis=-1)
log_sigma = $log_sigma
constant = 784 * (log_sigma + 0.5 * math.log(2 * math.pi))
return 0.5 * squares * tf.exp(-2 * log_sigma) + constant
"""
FORMULAS = {
    "bernoulli": (
        "Bernoulli variables, given as logits",
        "return tf.reduce_sum(tf.nn.softplus(answer) - x * answer, axis=-1)",
    ),
    "gaussian": ("Gaussians of one sigma", fill(GAUSSIAN, log_sigma="tf.constant(math.log(SIGMA))")),
    "learned_gaussian": (
        "Gaussians of one learned sigma",
        fill(GAUSSIAN, log_sigma="tf.convert_to_tensor(self.log_sigma)"),
    ),
}
PER_PIXEL = "reconstruction_loss = keras.losses.MeanSquaredError()"
NATS = '''
def reconstruction_loss(x, answer):
    """Nats an image, mean over the batch$samples."""
    return tf.reduce_mean(vae.nll(x, answer))
'''
