// Loads the programs that draw figures while nobody waits for them: they are the largest part of the app.
export default function ({ data }) {
  const index = document.querySelector('script[type="module"][src*="/static/js/"]');
  if (!index || navigator.connection?.saveData) return;
  const soon = "requestIdleCallback" in window
    ? (load) => requestIdleCallback(load, { timeout: 5000 })
    : (load) => setTimeout(load, 1000);
  // One after the other, so that the browser hears a click in between.
  const next = ([file, ...others]) =>
    file && soon(() => import(new URL(file, index.src).href).catch(() => {}).then(() => next(others)));
  next(data.files);
}
