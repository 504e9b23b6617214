// What pages need beside htmx: a place to drop a file on, open forms that stay, words for a lost connection.

const notice = (title, text) => {
  const box = document.createElement("div");
  box.className = "notice";
  box.setAttribute("role", "alert");
  const strong = document.createElement("strong");
  strong.textContent = title;
  const line = document.createElement("p");
  line.textContent = text;
  box.append(strong, line);
  document.getElementById("notice").replaceChildren(box);
};

const drop = document.getElementById("drop");
if (drop) {
  const input = document.getElementById("table");
  const name = document.getElementById("drop-name");
  const help = document.getElementById("drop-help");
  const size = (bytes) => (bytes < 1e6 ? `${Math.ceil(bytes / 1e3)} kB` : `${(bytes / 1e6).toFixed(1)} MB`);

  for (const kind of ["dragenter", "dragover"]) {
    drop.addEventListener(kind, (event) => {
      event.preventDefault();
      drop.classList.add("over");
    });
  }
  for (const kind of ["dragleave", "drop"]) {
    drop.addEventListener(kind, () => drop.classList.remove("over"));
  }
  // A file that misses the place must not be opened by the browser in the page's stead.
  for (const kind of ["dragover", "drop"]) {
    window.addEventListener(kind, (event) => event.preventDefault());
  }
  drop.addEventListener("drop", (event) => {
    if (event.dataTransfer.files.length === 0) return;
    input.files = event.dataTransfer.files;
    input.dispatchEvent(new Event("change", { bubbles: true }));
  });
  input.addEventListener("change", () => {
    const [file] = input.files;
    if (!file) return;
    drop.classList.add("full");
    name.textContent = file.name;
    help.textContent = `${size(file.size)}. Drop or choose another one to replace it.`;
    // Another table has other columns: what was chosen for the last one is not sent with it.
    document.querySelectorAll("#checked [name=mapped]").forEach((field) => field.remove());
  });
}

const body = document.body;

// Rows that fail meanwhile wait until the form that somebody is typing into is closed.
body.addEventListener("htmx:beforeRequest", (event) => {
  const at = event.detail.elt;
  if (at.id === "failed" && at.querySelector("form")) event.preventDefault();
});
body.addEventListener("click", (event) => {
  const form = event.target.closest("[data-close]")?.closest("form");
  if (!form) return;
  form.remove();
  document.getElementById("failed").dispatchEvent(new Event("refresh"));
});

body.addEventListener("htmx:beforeRequest", (event) => {
  if (event.detail.requestConfig.verb !== "get") document.getElementById("notice").replaceChildren();
});
body.addEventListener("htmx:sendError", (event) => {
  const file = document.getElementById("table")?.files.length;
  notice(
    "No answer",
    file
      ? "The service was not reached, or the file was changed after it was chosen: choose it again."
      : "The service was not reached. This page goes on by itself when it is back.",
  );
});
