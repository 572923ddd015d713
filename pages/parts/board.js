// Draws what is known of some runs, and asks the server for news while they train. Only what changes around the board,
// such as the buttons of a training that has ended, is drawn by Streamlit, which is told so.
const REDRAWN_SECONDS = 4;
const boards = new WeakMap();

export default function ({ parentElement, data, setTriggerValue }) {
  const root = parentElement.querySelector("section");
  const board = boards.get(root) ?? boards.set(root, {}).get(root);
  board.tell = (what) => setTriggerValue("changed", what);
  // This runs again with what Streamlit sent last when the theme changes; there may have been news since.
  if (JSON.stringify(data) !== JSON.stringify(board.data)) Object.assign(board, { data, told: data });
  draw(root, board.told);
  wait(root, board, board.told.again);
  return () => clearTimeout(board.timer);
}

function wait(root, board, seconds) {
  clearTimeout(board.timer);
  if (seconds) board.timer = setTimeout(() => look(root, board), seconds * 1000);
}

async function look(root, board) {
  const { data } = board;
  if (document.hidden) return wait(root, board, data.again);
  const [told, reached] = await news(data.query);
  // Meanwhile the page may have shown another run here, or nothing any more.
  if (!root.isConnected || board.data !== data) return;
  if (told) draw(root, (board.told = told));
  const same = told?.around === data.around;
  if (reached && !same) board.tell(Date.now());
  wait(root, board, same ? told.again : REDRAWN_SECONDS);
}

// What is new, if anything is told, and whether there was an answer: a server without this address answers with a page,
// and Streamlit then draws the board; of a server that is away it says so.
async function news(query) {
  try {
    const answer = await fetch(new URL(`board?${query}`, document.baseURI));
    return [answer.headers.get("content-type")?.startsWith("application/json") ? await answer.json() : null, true];
  } catch {
    return [null, false];
  }
}

function draw(root, { kind, again, heading = "", bars = [], tiles = [], charts = [], log = "", caption = "" }) {
  root.dataset.kind = kind;
  // The theme may have changed.
  const [line] = getComputedStyle(root).getPropertyValue("--st-chart-categorical-colors").split(",");
  if (root.style.getPropertyValue("--line") !== line) root.style.setProperty("--line", line);
  text(part(root, "heading", "strong"), heading);
  each(part(root, "bars"), bars, "div", drawBar);
  each(part(root, "tiles"), tiles, "div", drawTile);
  each(part(root, "charts"), charts, "figure", drawChart);
  each(part(root, "log"), log ? [[log, again]] : [], "details", drawLog);
  text(part(root, "caption", "p"), caption);
}

function drawBar(bar, { title, words, done, note }) {
  const line = part(bar, "words");
  text(part(line, "title", "strong"), `${title}: `);
  text(part(line, "rest", "span"), words);
  const track = part(bar, "track");
  set(track, { role: "progressbar", "aria-label": title, "aria-valuenow": Math.round(done * 100) });
  part(track, "done").style.width = `${done * 100}%`;
  text(part(bar, "note"), note);
}

function drawTile(tile, { title, value, delta, help }) {
  const name = part(tile, "name");
  text(part(name, "title", "span"), title);
  set(text(part(name, "help", "span"), "?"), { tabindex: 0, role: "note", "aria-label": help, "data-help": help });
  text(part(tile, "value"), value);
  const lower = delta[0] === "-";
  set(text(part(tile, "delta"), delta && `${lower ? "↓" : "↑"} ${delta}`), { "data-better": lower });
}

function drawLog(details, [log, again]) {
  if (!details.firstChild) details.open = Boolean(again);
  text(part(details, "heading", "summary"), "Log, as the tutorial prints it");
  text(part(details, "lines", "pre"), log);
}

function drawChart(figure, chart) {
  const { title, unit, end, y, lines, levels, dots, crowd } = chart;
  text(part(figure, "title", "figcaption"), `${title} by ${unit}`);
  const plot = part(figure, "plot");
  const heights = y ? ticks(y) : [];
  const [low, high] = [heights[0], heights.at(-1)];
  const scale = y?.log ? Math.log : (value) => value;
  const down = (value) => 100 - (100 * (scale(value) - scale(low))) / (scale(high) - scale(low));
  const across = (value) => (value / end) * 100;
  each(part(plot, "y"), heights, "span", (tick, value) => {
    tick.style.top = `${down(value)}%`;
    text(tick, short(value));
  });
  const along = ticks({ low: 0, high: end, whole: true }).filter((value) => value <= end);
  each(part(plot, "x"), along, "span", (tick, value) => {
    tick.style.left = `${across(value)}%`;
    text(tick, value.toLocaleString("en"));
  });
  const now = crowd ? [`${lines.length} lines`] : lines.map(({ name, y }) => `${name}, now ${y.at(-1) ?? "none"}`);
  const svg = part(plot, "curves", "svg");
  const told = `${title} by ${unit}: ${now.join("; ")}`;
  set(svg, { viewBox: "0 0 100 100", preserveAspectRatio: "none", role: "img", "aria-label": told });
  const paths = heights.map((value) => ["grid", `M0,${down(value)}H100`]);
  paths.push(...levels.map(([, value]) => ["level", `M0,${down(value)}H100`]));
  for (const line of lines) {
    const points = line.y.map((value, i) => `${across(line.x[i]).toFixed(2)},${down(value).toFixed(2)}`);
    paths.push([crowd ? "thin" : "line", points.length ? `M${points.join("L")}` : "", line.colour]);
    // A stroke of no length with round ends is a dot.
    if (dots) paths.push(["dots", points.map((point) => `M${point}h0`).join(""), line.colour]);
  }
  each(svg, paths, "path", (path, [kind, d, colour = ""]) => {
    set(path, { class: kind, d });
    path.style.stroke = colour;
  });
  each(part(plot, "levels"), levels, "span", (name, [words, value]) => {
    name.style.top = `${down(value)}%`;
    text(name, words);
  });
  each(part(figure, "legend"), lines.length > 1 && !crowd ? lines : [], "span", (entry, { name, colour }) => {
    part(entry, "dot", "i").style.background = colour;
    text(part(entry, "title", "span"), name);
  });
  point(plot, chart, across, down);
}

// Round numbers that enclose what is drawn: two or more.
function ticks({ low, high, log, whole }) {
  const top = high > low ? high : log ? 2 * low : low + 1;
  return (log ? decades(low, top) : rounds(low, top, 4)).filter((value) => !whole || Number.isInteger(value));
}

// What is under the pointer is told beside it.
function point(plot, { unit, end, lines, crowd }, across, down) {
  const tip = part(plot, "tip");
  const near = (event) => {
    const box = plot.querySelector("svg").getBoundingClientRect();
    const step = ((event.clientX - box.left) / box.width) * end;
    const height = ((event.clientY - box.top) / box.height) * 100;
    let found = lines.filter((line) => line.x.length).map((line) => [line, nearest(line.x, step)]);
    tip.hidden = !found.length;
    if (tip.hidden) return;
    const apart = ([line, i]) => Math.abs(down(line.y[i]) - height);
    if (crowd) found = [found.reduce((best, next) => (apart(next) < apart(best) ? next : best))];
    const [first, at] = found[0];
    const left = across(first.x[at]);
    Object.assign(tip.style, { left: `${left}%`, top: `${down(first.y[at])}%` });
    tip.dataset.side = left > 50 ? "left" : "right";
    const named = found.map(([line, i]) => (lines.length > 1 ? `${line.name}: ${line.y[i]}` : `${line.y[i]}`));
    text(tip, [`${unit} ${first.x[at].toLocaleString("en")}`, ...named].join("\n"));
  };
  plot.onpointermove = plot.onpointerdown = (event) => near((plot.pointer = event));
  plot.onpointerleave = () => {
    plot.pointer = null;
    tip.hidden = true;
  };
  // News may have moved what is under a pointer that rests.
  if (plot.pointer) near(plot.pointer);
  else tip.hidden = true;
}

function nearest(values, wanted) {
  let [low, high] = [0, values.length - 1];
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (values[middle] < wanted) low = middle;
    else high = middle;
  }
  return wanted - values[low] < values[high] - wanted ? low : high;
}

// What is there already is changed, not made anew: only so does a browser draw little, and keep what is open or marked.
function part(parent, name, tag = "div") {
  return parent.querySelector(`:scope > .${name}`) ?? parent.appendChild(made(parent, tag, name));
}

function each(parent, items, tag, update) {
  while (parent.children.length > items.length) parent.lastChild.remove();
  items.forEach((item, i) => update(parent.children[i] ?? parent.appendChild(made(parent, tag)), item));
}

function made(parent, tag, name) {
  const drawing = tag === "svg" || parent.namespaceURI?.endsWith("svg");
  const element = drawing ? document.createElementNS("http://www.w3.org/2000/svg", tag) : document.createElement(tag);
  if (name) element.setAttribute("class", name);
  return element;
}

function text(element, words) {
  if (element.textContent !== words) element.textContent = words;
  return element;
}

function set(element, attributes) {
  for (const [name, value] of Object.entries(attributes)) {
    if (element.getAttribute(name) !== `${value}`) element.setAttribute(name, value);
  }
}
