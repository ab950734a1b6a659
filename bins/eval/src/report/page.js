"use strict";
// Tables sort by the column whose head is clicked; numbers by their full value.
for (const head of document.querySelectorAll("th[data-sort]")) {
  head.addEventListener("click", () => {
    const table = head.closest("table"), body = table.tBodies[0], column = head.cellIndex;
    const rising = !head.classList.contains("up");
    for (const other of table.querySelectorAll("th")) other.classList.remove("up", "down");
    head.classList.add(rising ? "up" : "down");
    const value = (row) => {
      const cell = row.cells[column];
      if (head.dataset.sort === "word") return cell.textContent;
      return cell.dataset.v === undefined ? Infinity : Number(cell.dataset.v);
    };
    const compare = (a, b) => (a < b ? -1 : a > b ? 1 : 0) * (rising ? 1 : -1);
    const rows = [...body.rows].sort((a, b) => compare(value(a), value(b)));
    body.append(...rows);
  });
}
// Two versions of a part, one over the other up to the slider; sounds play from the files beside the page.
const data = document.getElementById("views");
if (data) {
  const views = JSON.parse(data.textContent), part = (id) => document.getElementById(id);
  const options = (select, names, chosen) => {
    select.replaceChildren(...names.map((name, i) => new Option(name, i, false, i === chosen)));
  };
  const show = () => {
    const view = views[part("view").value];
    for (const side of ["left", "right"]) {
      const version = view.versions[part(side).value];
      part(side + "-picture").src = version.src;
      part(side + "-caption").textContent = version.caption;
      const player = part(side + "-sound");
      player.hidden = !version.sound;
      if (version.sound && player.getAttribute("src") !== version.sound) player.src = version.sound;
    }
    const share = part("slider").value;
    part("left-picture").style.clipPath = "inset(0 " + (100 - share) + "% 0 0)";
    part("right-picture").style.clipPath = "inset(0 0 0 " + share + "%)";
    part("divider").style.left = "calc(" + share + "% - 1px)";
  };
  const choose = () => {
    const names = views[part("view").value].versions.map((version) => version.name);
    const keep = (id, otherwise) => {
      const before = part(id).selectedOptions[0];
      const place = before ? names.indexOf(before.textContent) : -1;
      return place < 0 ? Math.min(otherwise, names.length - 1) : place;
    };
    options(part("left"), names, keep("left", 1));
    options(part("right"), names, keep("right", 2));
    show();
  };
  part("left-picture").addEventListener("load", (event) => {
    part("stage").style.aspectRatio = event.target.naturalWidth + " / " + event.target.naturalHeight;
  });
  options(part("view"), views.map((view) => view.title), 0);
  part("view").addEventListener("change", choose);
  for (const id of ["left", "right"]) part(id).addEventListener("change", show);
  part("slider").addEventListener("input", show);
  choose();
}
