"""VAE Lab: the variational autoencoder of the Keras tutorial, trained in several ways and compared.

Importing this package, `vae.config` or `vae.figures` does not import TensorFlow.
"""

import os

__version__ = "0.1.0"

# TensorFlow reads it when it is imported; without a GPU it else prints an error that is none.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
