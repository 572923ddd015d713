// Where test images lie in the latent space, and a decoder that draws what is under the pointer.

const SIDE = 28;

function showMap(host, model, arrays) {
  const { axes, extent, colours } = model;
  const decode = model.stages && makeDecoder(model, arrays);
  const z = new Float32Array(model.latent_dim);
  const hidden = new Set();
  const points = { x: unpack(arrays[model.points.x]), y: unpack(arrays[model.points.y]), label: unpack(arrays[model.points.label]) };
  const percent = (value) => (50 * (value + extent)) / extent;
  const nats = Object.fromEntries(model.sliders.map(({ unit, kl }) => [unit, kl]));
  const title = (unit) => `unit ${unit}, ${nats[unit].toFixed(2)} nats`;

  const dots = make("canvas", { role: "img", "aria-label": `The codes of ${points.x.length} test images, coloured by label` });
  const handle = make("div", { class: "handle", role: "slider", tabindex: 0, "aria-label": "Place on the map",
    "aria-valuemin": -extent, "aria-valuemax": extent });
  const plane = make("div", { class: "plane" }, ruler(), dots, ...(decode ? [handle] : []));
  const labels = model.labels.map((label, n) => {
    const dot = make("i", { "aria-hidden": "true" });
    dot.style.background = colours[n % colours.length];
    const button = make("button", { type: "button", "aria-pressed": "true", title: `Hide or show ${label}` }, dot, label);
    button.addEventListener("click", () => {
      if (!hidden.delete(n)) hidden.add(n);
      button.setAttribute("aria-pressed", String(!hidden.has(n)));
      scatter();
    });
    return button;
  });
  const map = make("div", { class: "map" },
    make("p", { class: "up" }, axes.length > 1 ? title(axes[1]) : "label"), plane,
    make("p", { class: "across" }, title(axes[0])),
    make("div", { class: "labels", role: "group", "aria-label": "Labels shown" }, ...labels));

  const picture = make("canvas", { width: SIDE, height: SIDE, class: "picture", role: "img" });
  const place = make("p", { class: "place" });
  const sliders = model.sliders.map(({ unit }) => {
    const input = make("input", { type: "range", min: -extent, max: extent, step: 0.05, value: 0 });
    const value = make("span", { class: "out" });
    input.addEventListener("input", () => ((z[unit] = Number(input.value)), update()));
    return { unit, input, value, label: make("label", {}, make("span", {}, title(unit)), input, value) };
  });
  const starts = model.starts.map(({ label, code }) => {
    const button = make("button", { type: "button" }, label);
    button.addEventListener("click", () => (z.set(unpack(arrays[code])), update()));
    return button;
  });
  const random = make("button", { type: "button" }, "A code at random");
  random.addEventListener("click", () => (z.forEach((_, unit) => (z[unit] = normal())), update()));
  const centre = make("button", { type: "button" }, "Back to 0");
  centre.addEventListener("click", () => (z.fill(0), update()));
  const side = decode
    ? make("div", { class: "decoded" },
        make("div", { class: "look" }, picture, make("div", {}, make("strong", {}, "What the decoder draws"), place,
          make("div", { class: "buttons" }, random, centre))),
        make("fieldset", { class: "starts" }, make("legend", {}, "The code of a test image"), ...starts),
        make("div", { class: "sliders" }, ...sliders.map(({ label }) => label)))
    : make("p", { class: "reason" }, model.reason);
  host.replaceChildren(map, side);

  function ruler() {
    const whole = Array.from({ length: 2 * Math.floor(extent) + 1 }, (_, n) => n - Math.floor(extent));
    const every = whole.filter((tick) => tick % Math.ceil(extent / 6) === 0);
    const lines = every.flatMap((tick) => [
      draw("line", { class: tick ? "grid" : "axis", x1: percent(tick), x2: percent(tick), y1: 0, y2: 100 }),
      ...(axes.length > 1 ? [draw("line", { class: tick ? "grid" : "axis", x1: 0, x2: 100, y1: percent(tick), y2: percent(tick) })] : []),
    ]);
    const ticks = every.flatMap((tick) => {
      const below = make("span", { class: "tick below" }, String(tick).replace("-", "−"));
      below.style.left = `${percent(tick)}%`;
      if (axes.length < 2) return [below];
      const beside = make("span", { class: "tick beside" }, String(tick).replace("-", "−"));
      beside.style.top = `${100 - percent(tick)}%`;
      return [below, beside];
    });
    const svg = draw("svg", { viewBox: "0 0 100 100", preserveAspectRatio: "none", "aria-hidden": "true" }, ...lines);
    return make("div", { class: "ruler", "aria-hidden": "true" }, svg, ...ticks);
  }

  function scatter() {
    const size = plane.clientWidth, ratio = window.devicePixelRatio || 1;
    dots.width = dots.height = size * ratio;
    const pen = dots.getContext("2d");
    pen.scale((size * ratio) / 100, (size * ratio) / 100);
    pen.globalAlpha = 0.75;
    const radius = Math.max(0.3, 140 / size);
    for (let n = 0; n < points.x.length; n++) {
      if (hidden.has(points.label[n])) continue;
      pen.fillStyle = colours[points.label[n] % colours.length];
      pen.beginPath();
      pen.arc(percent(points.x[n]), 100 - percent(points.y[n]), radius, 0, 7);
      pen.fill();
    }
  }

  let waiting = false;
  function update() {
    const at = axes.map((unit) => z[unit]);
    const words = axes.map((unit) => `unit ${unit} at ${signed(z[unit])}`).join(", ");
    handle.style.left = `${percent(Math.max(-extent, Math.min(extent, at[0])))}%`;
    handle.style.top = `${100 - percent(Math.max(-extent, Math.min(extent, at[1] ?? 0)))}%`;
    handle.setAttribute("aria-valuenow", at[0].toFixed(2));
    handle.setAttribute("aria-valuetext", words);
    for (const { unit, input, value } of sliders) {
      input.value = z[unit];
      value.textContent = signed(z[unit]);
    }
    const others = z.filter((value, unit) => value && !axes.includes(unit)).length;
    place.textContent = words + (others ? `; ${others} other unit${others > 1 ? "s" : ""} not at 0` : "");
    picture.setAttribute("aria-label", `The decoder's picture for ${words}`);
    // Once a frame: a finger reports more places than a convolution can draw.
    if (!waiting) requestAnimationFrame(() => ((waiting = false), paint()));
    waiting = true;
  }

  function paint() {
    const pixels = decode(z);
    const image = new ImageData(SIDE, SIDE);
    pixels.forEach((ink, n) => image.data.set([255 - 255 * ink, 255 - 255 * ink, 255 - 255 * ink, 255], 4 * n));
    picture.getContext("2d").putImageData(image, 0, 0);
  }

  function moveTo(event) {
    const { left, top, width } = plane.getBoundingClientRect();
    const clamp = (share) => Math.max(-extent, Math.min(extent, (2 * share - 1) * extent));
    z[axes[0]] = clamp((event.clientX - left) / width);
    if (axes.length > 1) z[axes[1]] = -clamp((event.clientY - top) / width);
    update();
  }

  new ResizeObserver(scatter).observe(plane);
  if (!decode) return;
  let dragging = false;
  plane.addEventListener("pointerdown", (event) => {
    // A thumb that begins beside the handle scrolls the page; lifted without scrolling it is a click.
    if (event.pointerType === "touch" && event.target !== handle) return;
    event.preventDefault();
    plane.setPointerCapture(event.pointerId);
    handle.focus({ preventScroll: true });
    dragging = true;
    moveTo(event);
  });
  // Without this a browser takes the end of a fast drag for a fling, and the next tap for the finger that stops it.
  handle.addEventListener("touchstart", (event) => event.preventDefault(), { passive: false });
  plane.addEventListener("pointermove", (event) => dragging && moveTo(event));
  for (const end of ["pointerup", "pointercancel"]) plane.addEventListener(end, () => (dragging = false));
  plane.addEventListener("click", (event) => event.target !== handle && moveTo(event));
  handle.addEventListener("keydown", (event) => {
    const step = (extent / 60) * (event.shiftKey ? 5 : 1);
    const moves = { ArrowLeft: [-step, 0], ArrowRight: [step, 0], ArrowUp: [0, step], ArrowDown: [0, -step], Home: null };
    if (!(event.key in moves)) return;
    event.preventDefault();
    const move = moves[event.key];
    axes.forEach((unit, n) => (z[unit] = move ? Math.max(-extent, Math.min(extent, z[unit] + move[n])) : 0));
    update();
  });
  starts[0].click(); // a digit, where 0 is a blur of all
}

// A draw from the standard normal prior (Box and Muller 1958).
function normal() {
  return Math.sqrt(-2 * Math.log(1 - Math.random())) * Math.cos(2 * Math.PI * Math.random());
}
