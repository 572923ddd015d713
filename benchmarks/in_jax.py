"""The tutorial's training in JAX: an epoch is one scan over its batches, compiled."""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from numpy.typing import NDArray

from benchmarks.watch import Watch
from vae.config import PIXELS, RunConfig
from vae.data import epoch_order

Weights = dict[str, tuple[Array, Array]]
# The weights and Adam's two moments of their gradients.
State = tuple[Weights, Weights, Weights]


def train(config: RunConfig, x: NDArray[np.float32], watch: Watch) -> None:
    """Trains by `config` on `x`, float32 [n, 784]."""
    # rbg compiles faster than the default threefry; drawn an epoch at a time, both train equally fast.
    weights_key, key = jax.random.split(jax.random.key(config.seed, impl="rbg"))
    weights = first_weights(config, weights_key)
    state = weights, jax.tree.map(jnp.zeros_like, weights), jax.tree.map(jnp.zeros_like, weights)
    images = jnp.asarray(x[: config.images])
    jax.block_until_ready((state, images))
    size, step = config.batch_size, 0
    watch.begin()
    for epoch in range(config.epochs):
        order = epoch_order(config.seed, epoch, len(images))
        whole = len(order) - len(order) % size
        # All whole batches, and the smaller last one.
        for batches in (order[:whole].reshape(-1, size), order[whole:].reshape(1, -1)):
            if batches.size:
                losses, state = scan(state, images, batches, step, key, config.latent_dim, config.learning_rate)
                watch.steps(losses, [batches.shape[1]] * len(batches))
                step += len(batches)
        watch.epoch_end(epoch)


def first_weights(config: RunConfig, key: Array) -> Weights:
    """Keras's first weights of every dense layer: Glorot's uniform matrix and a bias of zeros."""
    hidden, latent = config.intermediate_dim, config.latent_dim
    shapes = {
        "hidden": (PIXELS, hidden),
        "mean": (hidden, latent),
        "log_variance": (hidden, latent),
        "decoder_hidden": (latent, hidden),
        "output": (hidden, PIXELS),
    }
    draw = jax.nn.initializers.glorot_uniform()
    keys = jax.random.split(key, len(shapes))
    return {
        name: (draw(own, shape), jnp.zeros(shape[1])) for own, (name, shape) in zip(keys, shapes.items(), strict=True)
    }


def loss_of(weights: Weights, x: Array, noise: Array) -> Array:
    """The loss of a batch, float32 []."""

    def dense(name: str, inputs: Array) -> Array:
        matrix, bias = weights[name]
        return inputs @ matrix + bias

    hidden = jax.nn.relu(dense("hidden", x))
    mean, log_variance = dense("mean", hidden), dense("log_variance", hidden)
    z = mean + jnp.exp(0.5 * log_variance) * noise
    reconstructed = jax.nn.sigmoid(dense("output", jax.nn.relu(dense("decoder_hidden", z))))
    kl = -0.5 * (log_variance - jnp.square(mean) - jnp.exp(log_variance) + 1)
    return jnp.mean(jnp.square(x - reconstructed)) + jnp.mean(kl)


def adam(state: State, gradients: Weights, number: Array, rate: float) -> State:
    """Step `number` of Adam, counted from 1, as Keras does it."""
    weights, first, second = state
    first = jax.tree.map(lambda moment, gradient: moment + 0.1 * (gradient - moment), first, gradients)
    second = jax.tree.map(lambda moment, gradient: moment + 0.001 * (gradient**2 - moment), second, gradients)
    rate = rate * jnp.sqrt(1 - 0.999**number) / (1 - 0.9**number)
    weights = jax.tree.map(lambda value, one, two: value - rate * one / (jnp.sqrt(two) + 1e-7), weights, first, second)
    return weights, first, second


# Tried on two cores and not faster: the noise drawn within the scan (with threefry far slower), the images put in order
# before it (a tenth slower), `unroll` of 2, 4 and 8 (longer to compile), and XLA on one thread.
@partial(jax.jit, static_argnames=("latent_dim", "rate"), donate_argnames="state")
def scan(
    state: State, images: Array, order: Array, step: int, key: Array, latent_dim: int, rate: float
) -> tuple[Array, State]:
    """Trains on the batches `order`, int32 [steps, batch]; returns their losses, float32 [steps, 1], and the state."""
    noise = jax.random.normal(jax.random.fold_in(key, step), (*order.shape, latent_dim))
    numbers = step + 1 + jnp.arange(len(order), dtype=jnp.float32)

    def one_step(state: State, batch: tuple[Array, Array, Array]) -> tuple[State, Array]:
        indices, noise, number = batch
        loss, gradients = jax.value_and_grad(loss_of)(state[0], images[indices], noise)
        return adam(state, gradients, number, rate), loss

    state, losses = jax.lax.scan(one_step, state, (order, noise, numbers))
    return losses[:, None], state
