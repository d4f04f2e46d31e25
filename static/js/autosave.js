/* Saving while typing, for <form data-autosave data-autosave-url="…">: changed items go to the server after a pause or
   when a control is left, never in the middle of an input method's composition. */
(() => {
  "use strict";

  const { one, all, element, csrfToken } = window.portal;

  const IDLE = 3000;
  const RETRY = [3000, 6000, 12000, 30000];

  class Autosave {
    constructor(form) {
      this.form = form;
      // Controls may stand outside their form (form="…"), so that upload forms can stand between them.
      this.scope = form.closest("[data-autosave-scope]") || form;
      this.url = form.dataset.autosaveUrl;
      this.status = one("[data-save-status]", form);
      this.changed = new Map(); // item -> the number of its latest change
      this.count = 0;
      this.failures = 0;
      this.composing = false;
      this.running = false;
      this.leaving = false;
      this.flushed = false;
      this.signedOut = false;
      this.listen();
    }

    listen() {
      const { form, scope } = this;
      scope.addEventListener("compositionstart", () => {
        this.composing = true;
        clearTimeout(this.timer);
      });
      scope.addEventListener("compositionend", (event) => {
        this.composing = false;
        this.touch(event.target, IDLE);
      });
      scope.addEventListener("input", (event) => {
        if (!this.composing && !event.isComposing) this.touch(event.target, IDLE);
      });
      scope.addEventListener("change", (event) => this.touch(event.target, 150));
      scope.addEventListener("focusout", () => {
        if (this.changed.size && !this.composing) this.plan(150);
      });
      form.addEventListener("submit", (event) => {
        if (event.defaultPrevented) return;
        if (this.flushed || !(this.changed.size || this.running)) this.leaving = true;
        else this.flush(event);
      });
      document.addEventListener("visibilitychange", () => {
        if (document.visibilityState === "hidden") this.save(true);
      });
      window.addEventListener("online", () => this.plan(0));
      window.addEventListener("pageshow", () => (this.leaving = false));
      window.addEventListener("beforeunload", (event) => {
        if (this.leaving || !(this.changed.size || this.running)) return;
        this.save(true);
        event.preventDefault();
        event.returnValue = "";
      });
    }

    /* An item is one control's name, or everything inside [data-item]. */
    itemOf(control) {
      const box = control.closest("[data-item]");
      return box ? box.dataset.item : control.name;
    }

    controlsOf(item) {
      const box = all("[data-item]", this.scope).find((found) => found.dataset.item === item);
      const controls = box ? all("[name]", box) : all("[name]", this.scope).filter((c) => c.name === item);
      return controls.filter((control) => !control.name.startsWith("v:") && control.type !== "file");
    }

    versionOf(item) {
      return all("input[type=hidden]", this.scope).find((input) => input.name === `v:${item}`);
    }

    touch(control, delay) {
      if (control.form !== this.form) return;
      if (!control.name || control.type === "hidden" || control.type === "file" || control.closest("[data-no-autosave]")) return;
      this.changed.set(this.itemOf(control), ++this.count);
      if (!this.failures) this.say("", "");
      this.plan(delay);
    }

    plan(delay) {
      clearTimeout(this.timer);
      this.timer = setTimeout(() => this.save(false), delay);
    }

    /* Every changed item goes with the version seen; a version without a value means: emptied. */
    body(items) {
      const body = new URLSearchParams();
      for (const item of items) {
        const version = this.versionOf(item);
        body.append(`v:${item}`, version ? version.value : "");
        for (const control of this.controlsOf(item)) {
          if (control.disabled || (/^(checkbox|radio)$/.test(control.type) && !control.checked)) continue;
          if (control.multiple) Array.from(control.selectedOptions).forEach((o) => body.append(control.name, o.value));
          else body.append(control.name, control.value);
        }
      }
      return body;
    }

    async save(last) {
      clearTimeout(this.timer);
      if (this.running || this.composing || this.leaving || !this.changed.size) return;
      this.running = true;
      const sent = new Map(this.changed);
      if (!this.failures) this.say("正在保存…", "waiting");
      try {
        await this.answered(await this.post(Array.from(sent.keys()), last), sent);
        this.failures = 0;
        this.signedOut = false;
      } catch (problem) {
        this.failed(problem);
      } finally {
        this.running = false;
      }
      if (!this.failures && this.changed.size) this.plan(IDLE);
    }

    /* The button first saves what is not saved yet: whoever's session or line has ended stays here with the text. */
    async flush(event) {
      event.preventDefault();
      while (this.running) await new Promise((resume) => setTimeout(resume, 50));
      await this.save(false);
      if (this.failures) return;
      this.flushed = true;
      this.form.requestSubmit(event.submitter);
      this.flushed = false;
    }

    async post(items, last) {
      const response = await fetch(this.url, {
        method: "POST",
        credentials: "same-origin",
        redirect: "manual",
        keepalive: last,
        headers: {
          "Content-Type": "application/x-www-form-urlencoded;charset=UTF-8",
          "X-CSRFToken": csrfToken(this.form),
          "X-Autosave": "1",
          Accept: "application/json",
        },
        body: this.body(items),
      });
      if (response.type === "opaqueredirect" || response.status === 401) throw new Error("signed-out");
      const known = response.ok || response.status === 409 || response.status === 422;
      const json = (response.headers.get("Content-Type") || "").includes("json");
      if (!known || !json) throw new Error(`status ${response.status}`);
      return response.json();
    }

    async answered(answer, sent) {
      const conflicts = answer.conflicts || [];
      const waiting = new Set(conflicts.map((conflict) => conflict.item));
      for (const [item, number] of sent) {
        if (this.changed.get(item) === number) this.changed.delete(item);
        if (!waiting.has(item)) this.showErrors(item, (answer.errors || {})[item] || []);
      }
      for (const [item, version] of Object.entries(answer.versions || {})) this.setVersion(item, version);
      this.tellDraft(Array.from(sent.keys()).filter((item) => !this.changed.has(item) && !waiting.has(item) && !(answer.errors || {})[item]));
      conflicts.forEach((conflict) => this.showConflict(conflict));
      if (answer.panel) this.showPanel(answer.panel);
      const refused = Object.keys(answer.errors || {});
      if (conflicts.length) this.say("有内容被他人改过，请选一种。", "failed", this.jump(`conflict-${conflicts[0].item}`));
      else if (refused.length) this.say("有内容没有保存上，请修改。", "failed", this.jump(`live-error-${refused[0]}`));
      else if (answer.saved_at && !this.changed.size) this.say(`已自动保存 ${answer.saved_at}`, "saved");
      else this.say("", ""); // more was typed meanwhile: not everything is saved yet
    }

    /* draft.js need not keep on this computer what the server has. */
    tellDraft(items) {
      const names = items.flatMap((item) => this.controlsOf(item).map((control) => control.name));
      this.form.dispatchEvent(new CustomEvent("portal:saved", { detail: { names } }));
    }

    failed(problem) {
      const wait = RETRY[Math.min(this.failures, RETRY.length - 1)];
      this.failures += 1;
      this.signedOut = problem.message === "signed-out";
      if (this.signedOut) {
        const link = element("a", { href: "/login/", target: "_blank", rel: "noopener" }, "在新窗口登录");
        this.say("登录已过期，内容未保存到平台，已保存在本机。请", "failed", link);
      } else {
        this.say("未保存到平台，已保存在本机，正在重试", "failed");
      }
      this.plan(wait);
    }

    say(text, state, ...more) {
      if (!this.status || (this.status.textContent === text && !more.length)) return;
      this.status.dataset.state = state;
      this.status.replaceChildren(text, ...more);
    }

    jump(id) {
      return element("a", { href: `#${id}` }, "查看");
    }

    setVersion(item, version) {
      const input = this.versionOf(item) || this.form.appendChild(element("input", { type: "hidden", name: `v:${item}` }));
      input.value = version;
    }

    /* Where messages of an item stand: right before its first control's group. */
    placeOf(item) {
      const first = this.controlsOf(item)[0];
      if (!first) return null;
      return first.closest("[data-item]") || first.closest(".field") || first.closest("fieldset") || first.parentElement;
    }

    showErrors(item, sentences) {
      const place = this.placeOf(item);
      if (!place) return;
      all(":scope > [data-live-error]", place).forEach((old) => old.remove());
      const id = `live-error-${item}`;
      for (const control of this.controlsOf(item)) {
        const ids = (control.getAttribute("aria-describedby") || "").split(" ").filter((part) => part && part !== id);
        if (sentences.length) ids.push(id);
        if (ids.length) control.setAttribute("aria-describedby", ids.join(" "));
        else control.removeAttribute("aria-describedby");
        if (sentences.length) control.setAttribute("aria-invalid", "true");
        else control.removeAttribute("aria-invalid");
      }
      if (!sentences.length) return;
      const lines = sentences.map((sentence) => element("li", {}, sentence));
      place.append(element("ul", { id, tabindex: "-1", class: "field-errors", "data-live-error": "" }, ...lines));
    }

    /* A value is a text, a list of choices, or one text per part of the item. */
    words(value) {
      const parts = value && typeof value === "object" ? Object.values(value) : [value];
      return parts.filter((part) => part !== null && part !== undefined && part !== "").join("、") || "未填写";
    }

    showConflict(conflict) {
      const place = this.placeOf(conflict.item);
      if (!place) return;
      all(":scope > [data-conflict]", place).forEach((old) => old.remove());
      const keep = element("button", { type: "button", class: "btn btn-outline-primary btn-sm" }, "保留我填的");
      const take = element("button", { type: "button", class: "btn btn-outline-primary btn-sm" }, "采用对方填的");
      const box = element(
        "div",
        { id: `conflict-${conflict.item}`, class: "conflict", tabindex: "-1", role: "group", "aria-label": "两人同时修改", "data-conflict": "", "data-no-autosave": "" },
        element("p", {}, `${conflict.by || "另一位填写人"}在 ${conflict.at || "刚才"} 改过这一项，请选一种。`),
        element(
          "dl", {},
          element("dt", {}, "我填的"), element("dd", {}, this.words(conflict.yours)),
          element("dt", {}, "对方填的"), element("dd", {}, this.words(conflict.theirs)),
        ),
        element("div", { class: "row-flex" }, keep, take),
      );
      if (conflict.version !== undefined) this.setVersion(conflict.item, conflict.version);
      const settle = (taken) => {
        if (taken) this.fill(conflict.item, conflict.fields ?? conflict.theirs);
        box.remove();
        this.changed.set(conflict.item, ++this.count);
        this.plan(0);
        (this.controlsOf(conflict.item)[0] || this.form).focus();
      };
      keep.addEventListener("click", () => settle(false));
      take.addEventListener("click", () => settle(true));
      place.append(box);
    }

    /* Parts come by the name of their control, or by what stands behind the last dot of it. */
    fill(item, value) {
      const partly = value && typeof value === "object" && !Array.isArray(value);
      for (const control of this.controlsOf(item)) {
        if (control.type === "hidden") continue;
        const shown = partly ? (value[control.name] ?? value[control.name.split(".").pop()]) : value;
        const values = [].concat(shown ?? "").map(String);
        if (/^(checkbox|radio)$/.test(control.type)) control.checked = values.includes(control.value);
        else if (control.multiple) Array.from(control.options).forEach((o) => (o.selected = values.includes(o.value)));
        else control.value = values[0];
      }
    }

    /* HTML made by our own server, for the place marked in the page. */
    showPanel(html) {
      const place = one("[data-autosave-panel]");
      if (!place) return;
      const parsed = new DOMParser().parseFromString(html, "text/html");
      place.replaceChildren(...parsed.body.childNodes);
    }
  }

  window.portal.enhancers.push((root) => {
    const forms = root.matches && root.matches("form[data-autosave]") ? [root] : all("form[data-autosave]", root);
    for (const form of forms) new Autosave(form);
  });
})();
