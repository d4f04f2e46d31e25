/* Nothing typed is lost, for <form data-draft="key"> (without a key: the page's address).

   Fields as typed are kept on this computer (draftstore.js) until the server has them: the browser may be killed, the
   session may end, the line may be cut. On the next visit fields that nobody has changed on the server meanwhile take
   the draft; where both have changed, both are shown and the person chooses. Never kept: passwords, files, hidden
   fields, and anything in [data-no-draft]. Forms of strangers (no data-user on <body>) keep nothing. */
(() => {
  "use strict";

  const { one, all, element, drafts } = window.portal;
  const PAUSE = 200;
  const FRESH = 10000; // a page that has just come proves by itself that line and session are there
  const opened = Date.now();
  const SENT = "drafts-sent";
  const NEVER = "[type=hidden], [type=password], [type=file], [type=submit], [type=button], [type=image], [data-no-draft] *";
  const same = (a, b) => JSON.stringify(a) === JSON.stringify(b);
  const blank = (values) => !values || values.every((value) => value === "");
  const choice = (control) => control.type === "checkbox" || control.type === "radio";

  /* --- fields of a form -------------------------------------------------------------------------------------- */

  const controlsOf = (form) =>
    Array.from(form.elements).filter((c) => c.matches("input, select, textarea") && c.name && !c.matches(NEVER));

  function valuesOf(control) {
    if (choice(control)) return control.checked ? [control.value] : [];
    if (control.matches("select")) return Array.from(control.selectedOptions, (option) => option.value);
    return [control.value];
  }

  /* What the server wrote into the page, whatever the browser itself has filled in again. */
  function servedOf(control) {
    if (choice(control)) return control.defaultChecked ? [control.value] : [];
    if (!control.matches("select")) return [control.defaultValue];
    const chosen = Array.from(control.options).filter((option) => option.defaultSelected);
    if (!chosen.length && !control.multiple && control.options.length) chosen.push(control.options[0]);
    return chosen.map((option) => option.value);
  }

  function byName(form, valuesIn) {
    const found = new Map();
    for (const control of controlsOf(form)) found.set(control.name, [...(found.get(control.name) || []), ...valuesIn(control)]);
    return found;
  }

  function setValues(controls, values) {
    for (const control of controls) {
      if (choice(control)) control.checked = values.includes(control.value);
      else if (control.multiple) Array.from(control.options).forEach((o) => (o.selected = values.includes(o.value)));
      else control.value = values[0] ?? "";
    }
    for (const control of controls.slice(0, 1)) {
      control.dispatchEvent(new Event("input", { bubbles: true }));
      control.dispatchEvent(new Event("change", { bubbles: true }));
    }
  }

  /* What a person reads: the words of the choice, not its code. */
  function wordsOf(controls) {
    const words = controls.flatMap((control) => {
      if (choice(control)) return control.checked ? [labelText(control.labels[0]) || control.value] : [];
      if (control.matches("select")) return Array.from(control.selectedOptions, (o) => (o.value ? o.text : ""));
      return [control.value];
    });
    return words.filter(Boolean).join("、");
  }

  const labelText = (label) => (label ? label.textContent.replace(/（选填）/, "").trim() : "");

  function labelOf(control) {
    const group = control.closest("fieldset, [role=group]");
    const title = group && (one("legend", group) || document.getElementById(group.getAttribute("aria-labelledby") || " "));
    const own = choice(control) ? "" : labelText(control.labels[0]);
    return [labelText(title), own].filter(Boolean).join("：") || control.name;
  }

  /* --- one form ------------------------------------------------------------------------------------------------ */

  class Draft {
    constructor(form) {
      this.form = form;
      this.key = form.dataset.draft || location.pathname;
      this.base = byName(form, servedOf); // what the server has, as far as this page knows
      this.served = new Map(this.base);
      this.kept = new Map(); // name -> what lies in the store, as text
      this.asked = new Set(); // names whose two values wait for a choice
      this.lost = new Map(); // names kept earlier that this page has no place for
      this.writing = 0; // transactions under way
      this.cascades = new Map(all(".cascade", form).map((box) => [box.id.slice(3, -7), box.cloneNode(true)]));
      this.listen();
      this.ready = this.load().catch((problem) => this.broken(problem));
    }

    listen() {
      const typed = (event) => {
        if (event.target.form !== this.form) return;
        this.form.dataset.draftState = "typed";
        this.timer ??= setTimeout(() => this.write(), PAUSE);
      };
      document.addEventListener("input", typed);
      document.addEventListener("change", typed);
      document.addEventListener("visibilitychange", () => this.write());
      window.addEventListener("pagehide", () => this.write());
      this.form.addEventListener("portal:saved", (event) => this.saved(event.detail.names));
      if (!this.form.matches("[data-autosave]")) this.form.addEventListener("submit", (event) => this.submit(event));
    }

    controls(name) {
      return controlsOf(this.form).filter((control) => control.name === name);
    }

    /* --- keeping --- */

    async write() {
      clearTimeout(this.timer);
      this.timer = undefined;
      if (!this.loaded) return;
      const now = byName(this.form, valuesOf);
      const changed = [];
      const gone = Array.from(this.kept.keys()).filter((name) => !now.has(name) && !this.lost.has(name));
      for (const [name, values] of now) {
        if (this.asked.has(name)) continue;
        const base = this.base.get(name);
        const text = JSON.stringify(values);
        const differs = base ? !same(values, base) : !blank(values);
        if (!differs && this.kept.has(name)) gone.push(name);
        if (!differs || this.kept.get(name) === text) continue;
        const controls = this.controls(name);
        changed.push([name, { values, base: base || null, text: wordsOf(controls), label: labelOf(controls[0]) }]);
        this.kept.set(name, text);
      }
      gone.forEach((name) => this.kept.delete(name));
      if (!changed.length && !gone.length) return this.settled();
      this.writing += 1;
      try {
        await drafts.write(this.key, changed, gone).finally(() => (this.writing -= 1));
        this.settled();
        if (!this.form.matches("[data-autosave]")) this.say(this.kept.size ? "填写的内容已暂存在本机，提交后才会生效。" : "");
      } catch (problem) {
        changed.forEach(([name]) => this.kept.delete(name));
        this.broken(problem);
      }
    }

    /* All that was typed lies in the store, unless more came while it was written. */
    settled() {
      if (!this.timer && !this.writing) this.form.dataset.draftState = "kept";
    }

    /* The server has these fields now, as they stand here. */
    saved(names) {
      const now = byName(this.form, valuesOf);
      for (const name of names) if (now.has(name)) this.base.set(name, now.get(name));
      this.write();
    }

    broken(problem) {
      this.loaded = true;
      const full = problem && problem.name === "QuotaExceededError";
      const why = full ? "本机的存储空间已满" : "浏览器不允许在本机保存内容";
      this.say(`${why}，填写的内容没有暂存，请及时提交。`, "bad");
    }

    /* --- coming back --- */

    async load() {
      const found = await drafts.read(this.key);
      if (sent.answers(this.key)) this.adopt(found);
      else if (found.size) await this.restore(found);
      this.loaded = true;
      this.write();
    }

    /* The server has sent the form back with what was typed: what it holds itself is known from before. */
    adopt(found) {
      for (const [name, { values, base }] of found) {
        if (base) this.base.set(name, base);
        else this.base.delete(name);
        this.kept.set(name, JSON.stringify(values));
      }
    }

    async restore(found) {
      this.openRows(found);
      const groups = this.grouped(found);
      const [filled, both] = [[], []];
      for (const group of groups) {
        for (const [name, one] of group.fields) this.kept.set(name, JSON.stringify(one.values));
        const fields = Array.from(group.fields);
        const shown = ([name, one], other) => same(other, this.base.get(name)) || (blank(other) && blank(this.base.get(name)));
        if (fields.every(([name, one]) => shown([name, one], one.values))) continue;
        if (!group.cascade && !this.base.has(fields[0][0])) this.lost.set(fields[0][0], fields[0][1]);
        else if (fields.every(([name, one]) => shown([name, one], one.base))) filled.push(group);
        else both.push(group);
      }
      for (const group of filled) await this.fill(group);
      both.forEach((group) => this.ask(group));
      if (filled.length || both.length || this.lost.size) this.tell(found, filled, both);
    }

    /* A place or an industry is one choice over several selects; everything else stands alone. */
    grouped(found) {
      const groups = new Map();
      for (const [name, one] of found) {
        const field = name.replace(/_\d$/, "");
        const cascade = this.cascades.has(field) && field !== name;
        const id = cascade ? field : name;
        if (!groups.has(id)) groups.set(id, { id, cascade, fields: new Map() });
        groups.get(id).fields.set(name, one);
      }
      return Array.from(groups.values());
    }

    async fill(group) {
      if (group.cascade) await this.fillCascade(group);
      else for (const [name, one] of group.fields) setValues(this.controls(name), one.values);
    }

    /* The selects below the first come from the server, like when one chooses by hand. */
    async fillCascade(group) {
      const box = document.getElementById(`id_${group.id}_levels`);
      const address = new URL(one("select", box).getAttribute("hx-get"), location.href);
      for (const [name, values] of this.base) if (name.replace(/_\d$/, "") === group.id) address.searchParams.set(name, values[0] ?? "");
      for (const [name, kept] of group.fields) address.searchParams.set(name, kept.values[0] ?? "");
      const answer = await fetch(address, { credentials: "same-origin" });
      if (!answer.ok) return;
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      this.swap(box, one(".cascade", page));
    }

    swap(box, made) {
      box.replaceWith(made);
      window.htmx.process(made);
      one("select", made).dispatchEvent(new Event("input", { bubbles: true }));
    }

    /* Rows of a table that were added before the text was typed. */
    openRows(found) {
      for (const pattern of all("template[data-draft-row]", this.form)) {
        const prefix = pattern.dataset.draftRow;
        const total = one(`[name="${prefix}-TOTAL_FORMS"]`, this.form);
        const numbers = Array.from(found.keys(), (name) => Number((name.match(`^${prefix}-(\\d+)-`) || [])[1] ?? -1));
        for (; Number(total.value) <= Math.max(...numbers); total.value = Number(total.value) + 1) {
          const html = pattern.innerHTML.replaceAll("__prefix__", total.value).replaceAll("__number__", Number(total.value) + 1);
          const row = new DOMParser().parseFromString(html, "text/html").body.children;
          pattern.before(...row);
        }
      }
      for (const [name, values] of byName(this.form, servedOf)) if (!this.base.has(name)) this.base.set(name, values);
    }

    /* --- saying it --- */

    tell(found, filled, both) {
      const at = new Date(Math.max(...Array.from(found.values(), (kept) => kept.at)));
      const two = (number) => String(number).padStart(2, "0");
      const when = `${two(at.getMonth() + 1)}-${two(at.getDate())} ${two(at.getHours())}:${two(at.getMinutes())}`;
      const note = element("div", { class: "notice draft-note", role: "status", "data-draft-note": "" });
      const place = this.form.matches("[data-autosave]") ? one(".pagehead") : null;
      if (place) place.after(note);
      else this.form.before(note);
      const lines = [];
      if (filled.length) lines.push(`已恢复 ${when} 在本机填写、没有提交的内容，共 ${filled.length} 处。`);
      if (both.length) lines.push(`${both.length} 处内容在 ${when} 填写以后又有人改过，请在下面逐处选用。`);
      if (this.lost.size) lines.push(`${this.lost.size} 处内容在本页已没有对应的位置：`);
      note.append(element("p", {}, lines.join("")));
      if (this.lost.size) {
        const pairs = Array.from(this.lost.values(), (kept) => [element("dt", {}, kept.label), element("dd", {}, kept.text || "未填写")]);
        note.append(element("dl", {}, ...pairs.flat()));
      }
      const keep = element("button", { type: "button", class: "btn btn-outline-primary btn-sm" }, "保留");
      const drop = element("button", { type: "button", class: "btn btn-outline-primary btn-sm" }, "放弃");
      keep.addEventListener("click", () => note.remove());
      drop.addEventListener("click", () => this.discard(filled, both, note));
      note.append(element("div", { class: "row-flex" }, keep, drop));
    }

    /* First out of the store, then off the page: what looks discarded is gone. */
    async discard(filled, both, note) {
      await drafts.clear(this.key, Date.now());
      this.kept.clear();
      all("[data-draft-choice]").forEach((box) => box.remove());
      this.asked.clear();
      this.lost.clear();
      for (const group of filled) {
        const before = group.cascade && this.cascades.get(group.id);
        if (before) this.swap(document.getElementById(before.id), before.cloneNode(true));
        else for (const name of group.fields.keys()) setValues(this.controls(name), this.served.get(name) || []);
      }
      note.remove();
      this.write();
    }

    /* Both have changed: nothing is taken before the person has said which. */
    ask(group) {
      const names = Array.from(group.fields.keys());
      const first = this.controls(names[0])[0];
      const mine = Array.from(group.fields.values(), (kept) => kept.text).filter(Boolean).join("、");
      const theirs = names.map((name) => wordsOf(this.controls(name))).filter(Boolean).join("、");
      names.forEach((name) => this.asked.add(name));
      const take = element("button", { type: "button", class: "btn btn-outline-primary btn-sm" }, "采用本机的");
      const leave = element("button", { type: "button", class: "btn btn-outline-primary btn-sm" }, "采用平台上的");
      const box = element(
        "div",
        { class: "conflict", role: "group", "aria-label": "选用哪一种内容", "data-draft-choice": "", "data-no-draft": "", "data-no-autosave": "" },
        element("p", {}, "这一项在本机填写以后又有人改过，请选一种。"),
        element("dl", {}, element("dt", {}, "本机填的"), element("dd", {}, mine || "未填写"), element("dt", {}, "平台上的"), element("dd", {}, theirs || "未填写")),
        element("div", { class: "row-flex" }, take, leave),
      );
      const settle = async (mineIt) => {
        box.remove();
        names.forEach((name) => this.asked.delete(name));
        if (mineIt) await this.fill(group);
        await this.write();
        (this.controls(names[0])[0] || this.form).focus();
      };
      take.addEventListener("click", () => settle(true));
      leave.addEventListener("click", () => settle(false));
      (first.closest(".field, fieldset, [data-item]") || first.parentElement).append(box);
    }

    say(text, state = "quiet") {
      if (!this.state) {
        // Where it moves no button from under the finger: in the bar's free middle, else below.
        const bar = one(".savebar-acts", this.form);
        const acts = bar || one(".form-acts", this.form) || one("[type=submit]", this.form);
        this.state = element("p", { class: "draft-state", role: "status" });
        if (!acts) return;
        if (bar) bar.before(this.state);
        else acts.after(this.state);
      }
      this.state.dataset.state = state;
      if (this.state.textContent === text) return;
      this.state.replaceChildren(text);
    }

    /* --- sending --- */

    /* Before the page is given up for the answer: is the line there, and is it still the same person? */
    async submit(event) {
      if (event.defaultPrevented) return;
      if (this.going || (navigator.onLine && Date.now() - opened < FRESH)) {
        this.going = false;
        this.write();
        sent.leave([this.key]);
        return;
      }
      event.preventDefault();
      if (this.asking) return;
      this.asking = true;
      const { submitter } = event;
      await this.write();
      const hindrance = await whatHinders();
      this.asking = false;
      if (hindrance) {
        this.say("", "bad");
        this.state.append(...hindrance);
        return;
      }
      this.going = true;
      this.form.requestSubmit(submitter);
      this.going = false;
    }
  }

  async function whatHinders() {
    let answer;
    try {
      answer = await fetch("/session/", { credentials: "same-origin", cache: "no-store" });
    } catch {
      return ["没有提交：网络连接中断。填写的内容已暂存在本机，恢复联网后再按一次按钮。"];
    }
    if (answer.status >= 502) return ["没有提交：平台暂时没有响应。填写的内容已暂存在本机，请稍后再按一次按钮。"];
    if (!answer.ok) return null;
    const { user } = await answer.json();
    if (user === drafts.user) return null;
    if (user) return ["没有提交：浏览器里现在登录的是另一个账号。填写的内容已按原账号暂存在本机，请用原账号登录后再提交。"];
    const link = element("a", { href: "/login/", target: "_blank", rel: "noopener" }, "在新窗口登录");
    return ["没有提交：登录已过期。填写的内容已暂存在本机，请", link, "，再回到本页按一次按钮。"];
  }

  /* --- what became of a form that was sent --------------------------------------------------------------------- */

  /* Only a page that the server sends the same person to, without complaint, says that the form has arrived. A page
     that answers directly shows the form again, or what it holds to be read through and sent on. */
  const sent = {
    keys: [],

    leave(keys) {
      sessionStorage.setItem(SENT, JSON.stringify({ user: drafts.user, keys, at: Date.now() }));
    },

    answers(key) {
      return this.keys.includes(key);
    },

    async arrive() {
      const left = JSON.parse(sessionStorage.getItem(SENT) || "null");
      sessionStorage.removeItem(SENT);
      const [visit] = performance.getEntriesByType("navigation");
      const atOnce = left && Math.abs(performance.timeOrigin - left.at) < 5000;
      if (!atOnce || left.user !== drafts.user || visit.type === "back_forward") return;
      const refused = visit.responseStatus >= 400 || one(".messages .notice-error");
      if (!visit.redirectCount) this.keys = left.keys;
      else if (!refused) await Promise.all(left.keys.map((key) => drafts.clear(key, left.at + 1500)));
    },
  };

  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (event.defaultPrevented || !sent.keys.length || form.matches("[data-draft], [method=get]")) return;
    if (form.closest("main")) sent.leave(sent.keys);
  });

  const settled = sent.arrive().catch(() => {}); // on the sign-in page too: what was sent there has not arrived
  if (drafts.user && one("form[data-draft]")) drafts.expire().catch(() => {});

  window.portal.enhancers.push(async (root) => {
    if (!drafts.user) return;
    const forms = root.matches && root.matches("form[data-draft]") ? [root] : all("form[data-draft]", root);
    await settled;
    for (const form of forms) new Draft(form);
  });
})();
