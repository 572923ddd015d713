// Loss, reconstruction error and KL term over the steps: three panels that share one cursor.

const LEFT = 54, RIGHT = 12, TOP = 10, BOTTOM = 26;
// Equal curves lie on top of each other: dashes let the lower one show.
const DASHES = ["", "7 5", "2 4", "7 4 2 4", "12 5", "12 4 2 4"];

function showCurves(host, data, arrays) {
  const numbers = arrays.map(() => null); // unpacked when they are first drawn
  const read = (place) => (numbers[place] ??= unpack(arrays[place]));
  const state = { view: data.view, log: false };
  const shown = () =>
    data.terms.map(({ key }) =>
      data.lines[key][state.view].map((line) => Object.fromEntries(Object.entries(line).map(([k, v]) => [k, read(v)]))),
    );
  const last = Math.max(...shown()[0].map(({ x }) => x[x.length - 1]));

  const caption = make("p", { class: "note" });
  const log = make("input", { type: "checkbox" });
  log.addEventListener("change", () => ((state.log = log.checked), redraw()));
  const step = make("input", { type: "range", min: 0, max: last, value: last, "aria-label": "Step to read off" });
  step.addEventListener("input", () => point());
  const where = make("span", { class: "out" });
  const names = data.names.map((name, i) => make("li", {}, swatch(i), make("span", {}, name)));
  const circle = draw("svg", { class: "swatch", viewBox: "0 0 24 12", "aria-hidden": "true" },
    draw("circle", { class: "printed", cx: 12, cy: 6, r: 4 }));
  const printed = make("li", {}, circle, "printed in the tutorial");
  const panels = data.terms.map(({ title }, i) => {
    const values = make("span", { class: "values" });
    const chart = make("div", { class: "chart" });
    chart.addEventListener("pointermove", (event) => follow(event, chart));
    chart.addEventListener("pointerdown", (event) => follow(event, chart));
    return { title, values, chart, box: make("figure", { class: i ? "panel half" : "panel" },
      make("figcaption", {}, make("strong", {}, title), values), chart) };
  });
  host.replaceChildren(
    make("div", { class: "controls" },
      choice("Seen as", data.views, state.view, (view) => ((state.view = view), redraw())),
      make("label", { class: "switch" }, log, "Log axis"),
    ),
    caption,
    make("ul", { class: "legend" }, ...(names.length > 1 ? names : []), printed),
    make("div", { class: "panels" }, ...panels.map(({ box }) => box)),
    make("label", { class: "reader" }, make("span", {}, "Read off"), step, where),
  );

  function swatch(i) {
    const line = { x1: 0, x2: 24, y1: 6, y2: 6, class: `line c${i % 6}`, "stroke-dasharray": DASHES[i % 6] };
    return draw("svg", { class: "swatch", viewBox: "0 0 24 12", "aria-hidden": "true" }, draw("line", line));
  }

  function follow(event, chart) {
    const { left, width } = chart.getBoundingClientRect();
    step.value = (last * (event.clientX - left - LEFT)) / (width - LEFT - RIGHT);
    point();
  }

  // The position of the last of ascending steps that is not behind `at`.
  function position(steps, at) {
    let low = 0, high = steps.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (steps[middle] <= at) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  function point() {
    const at = Number(step.value);
    const epoch = 1 + data.ends.filter((end) => end < at).length;
    where.textContent = `step ${at.toLocaleString("en-US")}, epoch ${epoch}`;
    shown().forEach((lines, i) => {
      const { values, cursor, across } = panels[i];
      cursor.setAttribute("transform", `translate(${across(at).toFixed(1)} 0)`);
      values.replaceChildren(...lines.map(({ x, y }, n) =>
        make("span", { class: `value c${n % 6}` }, written(y[position(x, at)]))));
    });
  }

  function redraw() {
    const view = data.views.find(({ key }) => key === state.view);
    caption.textContent = `${view.title}: ${view.caption}.`;
    printed.hidden = !data.printed[state.view];
    shown().forEach((lines, i) => panel(panels[i], lines, i === 0 ? data.printed[state.view] : null));
    point();
  }

  function panel(target, lines, printed) {
    const width = Math.max(target.chart.clientWidth, 200), height = target.chart.clientHeight;
    const usable = (value) => Number.isFinite(value) && (!state.log || value > 0);
    let low = Infinity, high = -Infinity;
    for (const { y, low: under = y, high: over = y } of lines)
      for (let n = 0; n < y.length; n++) {
        if (usable(under[n])) low = Math.min(low, under[n]);
        if (usable(over[n])) high = Math.max(high, over[n]);
      }
    if (low > high) [low, high] = [state.log ? 0.1 : 0, 1]; // nothing above 0: an empty logarithmic axis
    const ticks = state.log ? decades(low, high) : rounds(low, high, 5);
    low = Math.min(low, ticks[0]), high = Math.max(high, ticks[ticks.length - 1]);
    const scale = state.log ? Math.log : (value) => value;
    const across = (at) => LEFT + (at / Math.max(last, 1)) * (width - LEFT - RIGHT);
    const up = (value) =>
      height - BOTTOM - ((scale(value) - scale(low)) / (scale(high) - scale(low) || 1)) * (height - TOP - BOTTOM);
    const path = (x, y) => {
      let d = "", pen = "M";
      for (let n = 0; n < x.length; n++) {
        if (!usable(y[n])) pen = "M";
        else (d += `${pen}${across(x[n]).toFixed(1)} ${up(y[n]).toFixed(1)}`), (pen = "L");
      }
      return d;
    };
    const grid = ticks.map((tick) =>
      draw("g", {}, draw("line", { class: "grid", x1: LEFT, x2: width - RIGHT, y1: up(tick), y2: up(tick) }),
        draw("text", { x: LEFT - 8, y: up(tick) + 4, "text-anchor": "end" }, short(tick))));
    const marks = data.ends.length > 20 ? [] : data.ends.map((end) =>
      draw("line", { class: "mark", x1: across(end), x2: across(end), y1: TOP, y2: height - BOTTOM }));
    const foot = rounds(0, last, Math.max(3, Math.floor(width / 110))).filter((tick) => tick <= last).map((tick) =>
      draw("text", { x: across(tick), y: height - 8, "text-anchor": "middle" }, tick.toLocaleString("en-US")));
    const bands = lines.map(({ x, low, high }, n) => low &&
      draw("path", { class: `band c${n % 6}`, d: path(x, high) + path([...x].reverse(), [...low].reverse()).replace("M", "L") }));
    const paths = lines.map(({ x, y }, n) =>
      draw("path", { class: `line ${state.view} c${n % 6}`, d: path(x, y), "stroke-dasharray": DASHES[n % 6] }));
    const circles = printed ? [...read(printed.x)].map((x, n) => [x, read(printed.y)[n]]) : [];
    const dots = circles.filter(([x, y]) => x <= last && y <= high && y >= low).map(([x, y]) =>
      draw("circle", { class: "printed", cx: across(x), cy: up(y), r: 4 }, draw("title", {}, `printed in the tutorial: ${y.toFixed(4)}`)));
    target.across = across;
    target.cursor = draw("line", { class: "cursor", x1: 0, x2: 0, y1: TOP, y2: height - BOTTOM });
    const label = `${target.title} over ${last + 1} steps, from ${written(low)} to ${written(high)}`;
    target.chart.replaceChildren(
      draw("svg", { role: "img", "aria-label": label, viewBox: `0 0 ${width} ${height}` },
        ...grid, ...marks, ...foot, ...bands.filter(Boolean), ...paths, ...dots, target.cursor));
  }

  new ResizeObserver(redraw).observe(host);
}
