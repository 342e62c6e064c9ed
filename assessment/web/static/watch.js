// Looks again at a page whose job is running, every three seconds, and shows the rest of the page when the job has ended.
"use strict";

(function watch() {
  const card = document.querySelector("[data-watch]");
  if (!card) return;
  window.setTimeout(async () => {
    try {
      const answer = await fetch(window.location.href, { headers: { Accept: "text/html" } });
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const fresh = page.querySelector("[data-watch]");
      if (!fresh) { window.location.reload(); return; }
      card.replaceWith(fresh);
    } catch { /* the server is away for a moment: look again later */ }
    watch();
  }, 3000);
})();
