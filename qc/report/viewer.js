"use strict";
// Shows the two pictures of a moment at full size, one in place of the other.
{
  const viewer = document.getElementById("viewer");
  const picture = document.getElementById("viewer-picture");
  const note = document.getElementById("viewer-note");
  let pair = [];
  let shown = 0;

  function show(index) {
    shown = index;
    const { alt } = pair[index].querySelector("img");
    note.textContent = "";
    picture.src = pair[index].href;
    picture.alt = alt;
    document.getElementById("viewer-title").textContent = alt;
  }

  function flip() {
    show(1 - shown);
  }

  if (viewer) {
    // The large pictures lie beside the page; where it was taken from there, the small ones serve.
    picture.addEventListener("error", () => {
      picture.src = pair[shown].querySelector("img").src;
      note.textContent = "small picture: the large one is not beside this page";
    });
    for (const group of document.querySelectorAll(".pair")) {
      const links = [...group.querySelectorAll("a")];
      links.forEach((link, index) => {
        link.addEventListener("click", (event) => {
          event.preventDefault();
          pair = links;
          show(index);
          viewer.showModal();
        });
      });
    }
    document.getElementById("viewer-flip").addEventListener("click", flip);
    picture.addEventListener("click", flip);
    document.getElementById("viewer-close").addEventListener("click", () => viewer.close());
    viewer.addEventListener("keydown", (event) => {
      if (event.target.tagName !== "BUTTON" && event.key === " ") {
        event.preventDefault();
        flip();
      } else if (event.key === "ArrowLeft" || event.key === "ArrowRight") {
        flip();
      }
    });
  }
}
