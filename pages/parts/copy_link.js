// A button that copies the address bar. It asks the browser, not the server, because a choice within a part of a page
// changes the address without running the sidebar again.
const SAID_MS = 2000;

// Browsers give a page the clipboard only over https or on the same computer; elsewhere the old command still works.
function copyBySelection(text) {
  const field = document.createElement("textarea");
  field.value = text;
  field.style.position = "fixed";
  document.body.append(field);
  field.select();
  const copied = document.execCommand("copy");
  field.remove();
  return copied;
}

export default function ({ parentElement, data }) {
  const button = parentElement.querySelector("button");
  const label = button.querySelector("span");
  button.onclick = async () => {
    const link = new URL(window.location.href);
    if (data.host) link.hostname = data.host;
    let copied = true;
    try {
      await navigator.clipboard.writeText(link.href);
    } catch {
      copied = copyBySelection(link.href);
    }
    label.textContent = copied ? "Copied" : "Copy it from the address bar";
    setTimeout(() => (label.textContent = "Copy link"), SAID_MS);
  };
}
