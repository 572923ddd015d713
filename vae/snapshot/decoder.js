// The trained decoder, layer by layer, as Keras computes it: from a code to the 784 pixels of an image.

const ACTIVATIONS = {
  linear: (v) => v,
  relu: (v) => Math.max(v, 0),
  tanh: Math.tanh,
  elu: (v) => (v > 0 ? v : Math.expm1(v)),
  softplus: (v) => Math.max(v, 0) + Math.log1p(Math.exp(-Math.abs(v))), // never overflows
  sigmoid: (v) => 1 / (1 + Math.exp(-v)),
};

function dense({ kernel, bias }, x) {
  const y = Float32Array.from(bias);
  for (let i = 0; i < x.length; i++) {
    const from = i * y.length;
    for (let j = 0; x[i] && j < y.length; j++) y[j] += x[i] * kernel[from + j];
  }
  return y;
}

// A transposed convolution with padding "same": every place of x adds its patch to y, which is `stride` times as wide.
// x is [side, side, inputs] in one row, the kernel [size, size, outputs, inputs].
function convTranspose({ kernel, bias, shape, stride }, x) {
  const [size, , outputs, inputs] = shape;
  const side = Math.sqrt(x.length / inputs);
  const wide = side * stride;
  // What the convolution that this one transposes would pad on the left: Keras puts the smaller half there.
  const before = Math.floor(Math.max(size - stride, 0) / 2);
  const y = new Float32Array(wide * wide * outputs);
  for (let place = 0; place < y.length; place += outputs) y.set(bias, place);
  for (let row = 0; row < side; row++) {
    for (let column = 0; column < side; column++) {
      const from = (row * side + column) * inputs;
      for (let ky = 0; ky < size; ky++) {
        const down = row * stride + ky - before;
        if (down < 0 || down >= wide) continue;
        for (let kx = 0; kx < size; kx++) {
          const across = column * stride + kx - before;
          if (across < 0 || across >= wide) continue;
          const to = (down * wide + across) * outputs;
          for (let out = 0; out < outputs; out++) {
            const weights = ((ky * size + kx) * outputs + out) * inputs;
            let sum = 0;
            for (let i = 0; i < inputs; i++) sum += x[from + i] * kernel[weights + i];
            y[to + out] += sum;
          }
        }
      }
    }
  }
  return y;
}

const LAYERS = { Dense: dense, Conv2DTranspose: convTranspose };

// A function from a code, an array of latent_dim numbers, to a Float32Array of pixels in 0..1.
function makeDecoder({ stages, output }, arrays) {
  const layers = stages.map((stage) => ({
    ...stage,
    kernel: unpack(arrays[stage.kernel]),
    bias: unpack(arrays[stage.bias]),
  }));
  return (z) => {
    let x = Float32Array.from(z);
    for (const layer of layers) x = LAYERS[layer.kind](layer, x).map(ACTIVATIONS[layer.activation]);
    return x.map(ACTIVATIONS[output]);
  };
}
