/* Says so when a picture, sound or video cannot be loaded. The words beside it are complete without it. */
"use strict";

(() => {
  const say = (element) => {
    const words = element.closest("[data-medium]")?.querySelector("[data-failed]");
    if (words) words.hidden = false;
  };

  document.addEventListener("error", (event) => {
    if (event.target.matches?.("[data-medium] :is(img, video, source)")) say(event.target);
  }, true);
  for (const picture of document.querySelectorAll("[data-medium] img")) {
    if (picture.complete && !picture.naturalWidth) say(picture);  // it failed before this file had come
  }
})();
