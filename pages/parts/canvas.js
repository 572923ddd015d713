// A canvas to draw on with a mouse, a finger or a pen. At the end of a stroke the drawing goes to the server as a small
// PNG; "Clear" takes it back.
const SENT = 112;

export default function ({ parentElement, setStateValue }) {
  const canvas = parentElement.querySelector("canvas");
  const pen = canvas.getContext("2d");
  pen.lineWidth = 30;
  pen.lineCap = pen.lineJoin = "round";

  const extend = (event, aside = 0) => {
    const box = canvas.getBoundingClientRect();
    const scale = canvas.width / box.width;
    pen.lineTo((event.clientX - box.left) * scale + aside, (event.clientY - box.top) * scale);
    pen.stroke();
  };
  const send = () => {
    const small = document.createElement("canvas");
    small.width = small.height = SENT;
    const copy = small.getContext("2d");
    copy.fillStyle = "white";
    copy.fillRect(0, 0, SENT, SENT);
    copy.drawImage(canvas, 0, 0, SENT, SENT);
    setStateValue("drawing", small.toDataURL("image/png"));
  };

  // This runs again when the theme changes, so that handlers are set, not added; the canvas keeps path and picture.
  canvas.onpointerdown = (event) => {
    if (!event.isPrimary || event.button !== 0) return;
    canvas.setPointerCapture(event.pointerId);
    pen.beginPath();
    extend(event);
    extend(event, 0.1); // no browser draws a line without a length, and a tap should be a dot
  };
  canvas.onpointermove = (event) => {
    if (canvas.hasPointerCapture(event.pointerId)) extend(event);
  };
  canvas.onlostpointercapture = send;
  parentElement.querySelector("button").onclick = () => {
    pen.clearRect(0, 0, canvas.width, canvas.height);
    setStateValue("drawing", null);
  };
}
