// Where the ticks of an axis stand, and what they say.

// Some `count` round numbers that enclose low and high.
function rounds(low, high, count) {
  const rough = (high - low || Math.abs(high) || 1) / count;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((size) => size >= rough * 0.999);
  const first = Math.floor(low / step + 1e-9), end = Math.ceil(high / step - 1e-9);
  return Array.from({ length: end - first + 1 }, (_, n) => (first + n) * step);
}

// Round numbers for a logarithmic axis that enclose low and high: powers of ten, with what lies between where these are
// few. Within a factor of two it looks like any other axis.
function decades(low, high) {
  if (high < 2 * low) return rounds(low, high, 4);
  const first = Math.floor(Math.log10(low)), end = Math.ceil(Math.log10(high));
  const every = Math.ceil((end - first) / 6);
  const factors = end - first > 2 ? [1] : high > 5 * low ? [1, 2, 5] : [1, 1.5, 2, 3, 5, 7];
  const all = [];
  for (let power = first; power < end + every; power += every)
    for (const factor of factors) all.push(factor * 10 ** power);
  const from = Math.max(0, all.findLastIndex((tick) => tick <= low));
  const to = all.findIndex((tick) => tick >= high);
  return all.slice(from, to < 0 ? undefined : to + 1);
}

function short(tick) {
  const value = Number(tick.toPrecision(6)), size = Math.abs(value);
  const words = size && (size < 1e-3 || size >= 1e6) ? value.toExponential() : String(value);
  return words.replaceAll("-", "−").replace("+", "");
}
