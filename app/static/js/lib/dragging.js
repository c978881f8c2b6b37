/**
 * Lets the items of a list be dragged to another place in it with a pointer. The list shows where an item would go by
 * `data-drop` on its neighbour, `before` or `after`.
 * @param {HTMLElement} list
 * @param {(item: HTMLElement, neighbour: HTMLElement, side: "before" | "after") => void} move
 */
export function makeSortable(list, move) {
  let dragged = null;
  let place = null;

  const mark = (item, side) => {
    if (place) delete place.item.dataset.drop;
    place = item && item !== dragged ? { item, side } : null;
    if (place) item.dataset.drop = side;
  };

  list.addEventListener("dragstart", (event) => {
    dragged = event.target.closest("li");
    if (!dragged) return;
    event.dataTransfer.effectAllowed = "move";
    dragged.dataset.dragged = "";
  });
  list.addEventListener("dragover", (event) => {
    if (!dragged) return;
    event.preventDefault();
    event.dataTransfer.dropEffect = "move";
    const item = event.target.closest("li");
    if (!item) return;
    const { top, height } = item.getBoundingClientRect();
    mark(item, event.clientY < top + height / 2 ? "before" : "after");
  });
  list.addEventListener("drop", (event) => {
    if (!dragged || !place) return;
    event.preventDefault();
    move(dragged, place.item, place.side);
  });
  list.addEventListener("dragend", () => {
    mark(null);
    if (dragged) delete dragged.dataset.dragged;
    dragged = null;
  });
}
