/* Items of a return: a button beside a thing adds a row for it, a chosen reason fills its text.
   Without this script the same buttons send the form, and the server adds the row. */
(() => {
  "use strict";

  const { one, all } = window.portal;

  function rowsIn(box) {
    return all(".return-row", box);
  }

  function addRow(box) {
    const pattern = one("template[data-draft-row]", box);
    const total = one(`[name="${pattern.dataset.draftRow}-TOTAL_FORMS"]`, box);
    const number = Number(total.value);
    const html = pattern.innerHTML.replaceAll("__prefix__", number).replaceAll("__number__", number + 1);
    pattern.before(...new DOMParser().parseFromString(html, "text/html").body.children);
    total.value = number + 1;
    return pattern.previousElementSibling;
  }

  function blank(row) {
    return all("select, textarea", row).every((field) => !field.value);
  }

  function sendBack(form) {
    const radio = one("input[type=radio][value=send_back]", form);
    if (!radio || radio.checked) return;
    radio.checked = true;
    radio.dispatchEvent(new Event("change", { bubbles: true }));
  }

  function show(row, field) {
    row.scrollIntoView({ block: "nearest" });
    one(`[name$='-${field}']`, row).focus();
  }

  function onClick(event) {
    const button = event.target.closest("button[name=add], button[name=more]");
    const box = button && button.form && one("[data-return-rows]", button.form);
    if (!box) return;
    event.preventDefault();
    sendBack(button.form);
    const row = (button.name === "add" && rowsIn(box).find(blank)) || addRow(box);
    if (button.name === "add") {
      one("[name$='-target']", row).value = button.value;
      show(row, "reason");
    } else {
      show(row, "target");
    }
  }

  function onChange(event) {
    const select = event.target.closest("select[name$='-reason']");
    if (!select) return;
    const text = one("textarea", select.closest(".return-row"));
    const ready = Array.from(select.options, (option) => option.dataset.text || "");
    if (!text.value.trim() || ready.includes(text.value.trim())) {
      text.value = select.selectedOptions[0].dataset.text || "";
      text.dispatchEvent(new Event("input", { bubbles: true }));
    }
  }

  document.addEventListener("click", onClick);
  document.addEventListener("change", onChange);
})();
