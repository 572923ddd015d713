// Making elements, and numbers for people.

// Taken from an element of the page, because a page that reaches nothing shall not name an address either.
const SVG = document.querySelector("svg").namespaceURI;

function fill(node, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  node.append(...children); // text becomes text nodes: nobody's name can become an element
  return node;
}

const make = (tag, attributes = {}, ...children) => fill(document.createElement(tag), attributes, children);
const draw = (tag, attributes = {}, ...children) => fill(document.createElementNS(SVG, tag), attributes, children);

function written(value) {
  if (value === 0 || !Number.isFinite(value)) return String(value);
  const size = Math.abs(value);
  if (size < 1e-3 || size >= 1e6) return value.toExponential(2).replace("-", "−");
  return value.toFixed(Math.max(0, size < 10 ? 5 - Math.max(0, Math.floor(Math.log10(size)) + 1) : 2)).replace("-", "−");
}

const signed = (value) => (value < 0 ? "−" : "+") + Math.abs(value).toFixed(2);

// One of several choices as a row of buttons; calls `chosen` with the key of the one that is pressed.
function choice(title, options, current, chosen) {
  const name = `choice-${(choice.count = (choice.count ?? 0) + 1)}`;
  const inputs = options.map(({ key, title }) => {
    const input = make("input", { type: "radio", name, value: key, ...(key === current ? { checked: "" } : {}) });
    input.addEventListener("change", () => chosen(key));
    return make("label", {}, input, make("span", {}, title));
  });
  return make("fieldset", { class: "choice" }, make("legend", {}, title), ...inputs);
}
