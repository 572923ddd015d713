// Unpacks the arrays that vae/snapshot/packing.py packed.

const TYPES = { uint8: Uint8Array, int16: Int16Array, uint32: Uint32Array, float32: Float32Array };

function unpack({ type, scale, data }) {
  const text = atob(data);
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  const numbers = new TYPES[type](bytes.buffer);
  if (scale === undefined) return numbers;
  const scaled = new Float32Array(numbers.length);
  for (let i = 0; i < numbers.length; i++) scaled[i] = numbers[i] * scale;
  return scaled;
}
