// Loads the program that draws figures while nobody waits for it: it is the largest part of the app.
export default function ({ data }) {
  const index = document.querySelector('script[type="module"][src*="/static/js/"]');
  if (!index || !data.file || navigator.connection?.saveData) return;
  const load = () => import(new URL(data.file, index.src).href).catch(() => {});
  if ("requestIdleCallback" in window) requestIdleCallback(load, { timeout: 5000 });
  else setTimeout(load, 1000);
}
