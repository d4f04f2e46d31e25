/* Comfort on top of pages that work without it: focus, copy, print, dependent fields, batch choice.
   No framework, no inline code; everything is found by data attributes, also in parts that htmx swaps in. */
(() => {
  "use strict";

  const one = (selector, root = document) => root.querySelector(selector);
  const all = (selector, root = document) => Array.from(root.querySelectorAll(selector));

  function element(tag, attributes = {}, ...children) {
    const made = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
    made.append(...children);
    return made;
  }

  function csrfToken(form) {
    // The cookie is newer than the page after signing in again in another window.
    const cookie = document.cookie.split("; ").find((part) => part.startsWith("csrftoken="));
    if (cookie) return decodeURIComponent(cookie.split("=")[1]);
    const field = one("[name=csrfmiddlewaretoken]", form);
    return field ? field.value : "";
  }

  /* --- error summary ------------------------------------------------------------------------------------- */

  function errorSummary(root) {
    const summary = one("[data-error-summary]", root);
    if (!summary || summary.dataset.ready) return;
    summary.dataset.ready = "1";
    summary.focus();
    summary.addEventListener("click", (event) => {
      const link = event.target.closest("a[href^='#']");
      const target = link && document.getElementById(link.hash.slice(1));
      if (!target) return;
      event.preventDefault();
      const control = target.matches("input, select, textarea, button, a")
        ? target
        : one("input, select, textarea", target) || target;
      if (control === target && !control.matches("input, select, textarea, button, a")) control.tabIndex = -1;
      (control.closest(".field, .question") || control).scrollIntoView({ block: "start" });
      control.focus({ preventScroll: true });
    });
  }

  /* --- copy, print, dependent fields, batch choice -------------------------------------------------------- */

  function copyButtons(root) {
    for (const button of all("[data-copy]", root)) {
      if (!navigator.clipboard) continue; // plain http elsewhere than localhost: the number can still be selected
      button.hidden = false;
      const said = element("span", { role: "status", class: "text-ok text-small" });
      button.after(said);
      button.addEventListener("click", async () => {
        const source = document.getElementById(button.dataset.copy);
        try {
          await navigator.clipboard.writeText(source.textContent.trim());
          said.textContent = " 已复制";
        } catch {
          said.textContent = " 没有复制上，请选中编号后按 Ctrl+C";
        }
      });
    }
  }

  function printButtons(root) {
    for (const button of all("[data-print]", root)) {
      button.hidden = false;
      button.addEventListener("click", () => window.print());
    }
    for (const button of all("[data-fullscreen]", root)) {
      if (!document.fullscreenEnabled) continue;
      const enter = button.textContent;
      button.hidden = false;
      button.addEventListener("click", () => {
        if (document.fullscreenElement) document.exitFullscreen();
        else document.getElementById(button.dataset.fullscreen).requestFullscreen();
      });
      document.addEventListener("fullscreenchange", () => {
        button.textContent = document.fullscreenElement ? button.dataset.leave : enter;
      });
    }
  }

  /* Side columns and long filter rows start folded where they stand above the content. */
  function foldOnNarrow() {
    if (!window.matchMedia("(max-width: 899.98px)").matches) return;
    for (const part of all(".sidenav details[data-fold], .filter-fold")) part.open = false;
  }

  /* An open menu closes when the eye goes elsewhere. */
  function menusClose() {
    const close = (except) => all("details[data-menu][open]").forEach((menu) => menu !== except && (menu.open = false));
    document.addEventListener("click", (event) => close(event.target.closest("details[data-menu]")));
    document.addEventListener("focusin", (event) => close(event.target.closest("details[data-menu]")));
    document.addEventListener("keydown", (event) => {
      const open = one("details[data-menu][open]");
      if (event.key !== "Escape" || !open) return;
      open.open = false;
      one("summary", open).focus();
    });
  }

  /* The server's clock goes on from the moment it stamped on the page, whatever the computer's own says. */
  function serverClocks(root) {
    for (const place of all("[data-server-clock]", root)) {
      const stamped = Date.parse(place.dateTime);
      const begun = performance.now();
      const two = (number) => String(number).padStart(2, "0");
      setInterval(() => {
        const now = new Date(stamped + performance.now() - begun + 8 * 3600000); // read as UTC: the hands in Shanghai
        const day = [now.getUTCFullYear(), two(now.getUTCMonth() + 1), two(now.getUTCDate())].join("-");
        const hands = [two(now.getUTCHours()), two(now.getUTCMinutes()), two(now.getUTCSeconds())].join(":");
        place.textContent = `${day} ${hands}`;
      }, 1000);
    }
  }

  function dependentFields(root) {
    for (const group of new Set(all("[data-shows]", root).map((input) => input.form || document))) {
      const controls = all("[data-shows]", group);
      const update = () => {
        const shown = new Set();
        for (const control of controls) {
          if (control.checked) control.dataset.shows.split(" ").forEach((key) => shown.add(key));
        }
        for (const part of all("[data-shown-for]", group)) {
          part.hidden = !part.dataset.shownFor.split(" ").some((key) => shown.has(key));
        }
      };
      group.addEventListener("change", update);
      update();
    }
  }

  function batchChoice(root) {
    for (const master of all("[data-check-all]", root)) {
      const form = master.form || document;
      const boxes = () => all(`input[type=checkbox][name="${master.dataset.checkAll}"]`, form);
      const update = () => {
        const chosen = boxes().filter((box) => box.checked).length;
        master.checked = chosen > 0 && chosen === boxes().length;
        master.indeterminate = chosen > 0 && !master.checked;
        for (const place of all(`[data-checked-count="${master.dataset.checkAll}"]`, form)) place.textContent = chosen;
      };
      master.hidden = false;
      master.addEventListener("change", () => {
        for (const box of boxes()) box.checked = master.checked && !box.disabled;
        update();
      });
      form.addEventListener("change", update);
      update();
    }
  }

  /* Paper has no folds. */
  function printUnfolded() {
    let opened = [];
    window.addEventListener("beforeprint", () => {
      opened = all("main details:not([open])");
      opened.forEach((part) => (part.open = true));
    });
    window.addEventListener("afterprint", () => opened.forEach((part) => (part.open = false)));
  }

  /* A second press of the same button sends nothing; a page taken back from the cache starts afresh. */
  function sendOnce() {
    document.addEventListener("submit", (event) => {
      const form = event.target;
      if (event.defaultPrevented || form.method !== "post") return;
      if (form.dataset.sent) event.preventDefault();
      const token = one("[name=csrfmiddlewaretoken]", form);
      if (token) token.value = csrfToken(form);
      form.dataset.sent = "1";
      setTimeout(() => delete form.dataset.sent, 4000);
    });
    window.addEventListener("pageshow", () => all("form[data-sent]").forEach((form) => delete form.dataset.sent));
  }

  /* --- start ------------------------------------------------------------------------------------------------- */

  /* autosave.js and upload.js add theirs; all are deferred, so they are there before DOMContentLoaded. */
  const enhancers = [];

  function enhance(root) {
    errorSummary(root);
    copyButtons(root);
    printButtons(root);
    serverClocks(root);
    dependentFields(root);
    batchChoice(root);
    for (const more of enhancers) more(root);
  }

  function requestFailed() {
    const main = one(".content");
    if (!main || one("[data-request-failed]")) return;
    const text = "没有取到内容。请检查网络后再试一次。";
    main.prepend(element("p", { class: "notice notice-bad", role: "alert", "data-request-failed": "" }, text));
  }

  window.portal = { one, all, element, csrfToken, enhancers };
  sendOnce();
  printUnfolded();
  foldOnNarrow();
  menusClose();
  document.addEventListener("DOMContentLoaded", () => enhance(document));
  document.addEventListener("htmx:afterSwap", (event) => enhance(event.target));
  document.addEventListener("htmx:responseError", requestFailed);
  document.addEventListener("htmx:sendError", requestFailed);
})();
