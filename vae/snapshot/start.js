const content = JSON.parse(document.getElementById("data").textContent);
showCurves(document.getElementById("curves"), content.curves, content.arrays);
document.querySelectorAll("[data-model]").forEach((host) => {
  showMap(host, content.models[Number(host.dataset.model)], content.arrays);
});
