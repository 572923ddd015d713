"""The tutorial's training in PyTorch, run eagerly or with the step by `torch.compile`."""

import os
import time

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from benchmarks.watch import Watch
from vae.config import PIXELS, RunConfig
from vae.data import epoch_order

TRIAL_STEPS = 200


class Autoencoder(nn.Module):
    """The tutorial's model, with Keras's first weights."""

    def __init__(self, config: RunConfig):
        super().__init__()
        hidden, latent = config.intermediate_dim, config.latent_dim
        self.hidden = nn.Linear(PIXELS, hidden)
        self.mean = nn.Linear(hidden, latent)
        self.log_variance = nn.Linear(hidden, latent)
        self.decoder_hidden = nn.Linear(latent, hidden)
        self.output = nn.Linear(hidden, PIXELS)
        for layer in self.children():
            nn.init.xavier_uniform_(layer.weight)
            nn.init.zeros_(layer.bias)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """The loss of a batch, float32 []."""
        hidden = torch.relu(self.hidden(x))
        mean, log_variance = self.mean(hidden), self.log_variance(hidden)
        z = mean + torch.exp(0.5 * log_variance) * torch.randn_like(mean)
        reconstructed = torch.sigmoid(self.output(torch.relu(self.decoder_hidden(z))))
        kl = -0.5 * (log_variance - mean.square() - log_variance.exp() + 1)
        return nn.functional.mse_loss(reconstructed, x) + kl.mean()


def train(config: RunConfig, x: NDArray[np.float32], watch: Watch, compiled: bool = False) -> None:
    """Trains by `config` on `x`, float32 [n, 784]."""
    torch.manual_seed(config.seed)
    images = torch.from_numpy(x[: config.images].copy())
    torch.set_num_threads(_fastest_threads(config, images))
    model = Autoencoder(config)
    optimizer = _adam(config, model)
    # `torch.compile` makes forward and backward out of the loss; the fused Adam is one kernel already.
    loss_of = torch.compile(model) if compiled else model
    watch.begin()
    for epoch in range(config.epochs):
        order = torch.from_numpy(epoch_order(config.seed, epoch, len(images)))
        for indices in order.split(config.batch_size):
            loss = _step(loss_of, optimizer, images[indices])
            watch.steps(loss.reshape(1, 1), [len(indices)])
        watch.epoch_end(epoch)


def _adam(config: RunConfig, model: nn.Module) -> torch.optim.Adam:
    # Keras's epsilon. Fused is the fastest of PyTorch's three ways to run Adam.
    return torch.optim.Adam(model.parameters(), lr=config.learning_rate, eps=1e-7, fused=True)


def _step(loss_of, optimizer: torch.optim.Optimizer, x: torch.Tensor) -> torch.Tensor:
    loss = loss_of(x)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss.detach()


def _fastest_threads(config: RunConfig, images: torch.Tensor) -> int:
    """One thread or one a core, whichever makes more of some steps on a model that is thrown away."""
    seconds = {}
    for threads in {1, os.cpu_count() or 1}:
        torch.set_num_threads(threads)
        model = Autoencoder(config)
        optimizer = _adam(config, model)
        _step(model, optimizer, images[: config.batch_size])
        start = time.perf_counter()
        for _ in range(TRIAL_STEPS):
            _step(model, optimizer, images[: config.batch_size])
        seconds[threads] = time.perf_counter() - start
    return min(seconds, key=seconds.__getitem__)
