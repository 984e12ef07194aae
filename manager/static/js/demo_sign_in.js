/** The demo's sign-in page: a press on an account fills the form in. */

const password = document.querySelector("[data-password]")?.getAttribute("data-password") ?? "";

for (const button of document.querySelectorAll("button[data-username]")) {
  button.addEventListener("click", () => {
    const fill = (/** @type {string} */ id, /** @type {string} */ text) => {
      const input = /** @type {HTMLInputElement|null} */ (document.getElementById(id));
      if (input) input.value = text;
    };
    fill("username", button.getAttribute("data-username") ?? "");
    fill("password", password);
    document.querySelector("form")?.querySelector("button")?.focus();
  });
}
