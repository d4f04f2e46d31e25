/* Uploads with progress, cancel and retry, for <form data-upload>; one request a file, to the form's own address. */
(() => {
  "use strict";

  const { one, all, element, csrfToken } = window.portal;

  const sizeText = (size) => (size < 1048576 ? `${Math.max(1, Math.round(size / 1024))} KB` : `${(size / 1048576).toFixed(1)} MB`);

  class Upload {
    constructor(form) {
      this.form = form;
      this.input = one("input[type=file]", form);
      this.list = one("[data-upload-list]", form);
      this.status = one("[data-upload-status]", form);
      this.queue = [];
      this.busy = false;
      this.input.multiple = true;
      this.input.required = false;
      const button = one("[type=submit]", form);
      if (button) button.hidden = true;
      this.input.addEventListener("change", () => this.take(this.input.files));
      form.addEventListener("submit", (event) => {
        event.preventDefault();
        this.take(this.input.files);
      });
      this.acceptDrops();
      if (this.input.files.length) this.take(this.input.files); // chosen on a slow line before this script was there
    }

    acceptDrops() {
      const over = (on) => this.form.toggleAttribute("data-over", on);
      this.form.addEventListener("dragover", (event) => {
        event.preventDefault();
        over(true);
      });
      this.form.addEventListener("dragleave", () => over(false));
      this.form.addEventListener("drop", (event) => {
        event.preventDefault();
        over(false);
        this.take(event.dataTransfer.files);
      });
    }

    take(files) {
      for (const file of files) this.add(file);
      this.input.value = "";
      this.next();
    }

    add(file) {
      const job = {
        file,
        bar: element("progress", { max: "100", value: "0", "aria-label": `${file.name} 上传进度` }),
        note: element("span", { class: "text-quiet nowrap" }, ` ${sizeText(file.size)}，等待上传`),
        button: element("button", { type: "button", class: "btn-text" }, "取消"),
      };
      job.row = element("li", {}, element("span", {}, file.name, job.note, job.bar), job.button);
      job.button.addEventListener("click", () => job.press());
      job.press = () => this.cancel(job);
      this.list.append(job.row);
      this.list.hidden = false;
      const refused = this.refusal(file);
      if (refused) this.fail(job, refused, false);
      else this.queue.push(job);
    }

    /* What the server would refuse anyway, said before the wait. */
    refusal(file) {
      const limit = Number(this.input.dataset.maxBytes || 0);
      if (!file.size) return "这个文件是空的，请核对后重新选择";
      if (limit && file.size > limit) return `这个文件 ${sizeText(file.size)}，每个不超过 ${sizeText(limit)}。可压缩后再传`;
      return "";
    }

    next() {
      if (this.busy) return;
      const job = this.queue.shift();
      if (job) this.send(job);
      else this.finish();
    }

    send(job) {
      this.busy = true;
      const data = new FormData();
      for (const field of all("input[type=hidden]", this.form)) data.append(field.name, field.value);
      data.append(this.input.name, job.file);
      const request = (job.request = new XMLHttpRequest());
      request.open("POST", this.form.action);
      request.setRequestHeader("X-CSRFToken", csrfToken(this.form));
      request.setRequestHeader("X-Upload", "1");
      request.upload.addEventListener("progress", (event) => {
        if (!event.lengthComputable) return;
        const percent = Math.floor((event.loaded / event.total) * 100);
        job.bar.value = percent;
        job.note.textContent = percent < 100 ? ` 正在上传 ${percent}%` : " 正在核对";
      });
      request.addEventListener("load", () => this.received(job));
      request.addEventListener("error", () => this.fail(job, "网络中断，没有传上", true));
      request.addEventListener("loadend", () => {
        this.busy = false;
        this.next();
      });
      request.send(data);
    }

    received(job) {
      const problem = this.problemIn(job.request);
      if (problem) {
        this.fail(job, problem, job.request.status >= 500);
        return;
      }
      this.saved = true;
      job.done = true;
      job.bar.remove();
      job.button.remove();
      job.note.textContent = " 已上传";
      this.status.textContent = `${job.file.name} 已上传`;
    }

    /* The plain form's answer is a page; its error list says what is wrong with this file. */
    problemIn(request) {
      if (/\/login\//.test(request.responseURL)) return "登录已过期，请在新窗口登录后重试";
      if ((request.getResponseHeader("Content-Type") || "").includes("json")) {
        const answer = JSON.parse(request.responseText);
        return [].concat(answer.errors || answer.error || answer.detail || (request.status < 400 ? "" : "没有传上")).join("；");
      }
      const page = new DOMParser().parseFromString(request.responseText, "text/html");
      const lines = all(`#${CSS.escape(this.input.id)}_error li, [data-error-summary] li`, page);
      if (lines.length) return Array.from(new Set(lines.map((line) => line.textContent.trim()))).join("；");
      if (request.status < 400) return "";
      const said = one("main h1", page);
      return said ? said.textContent.trim() : "没有传上，请重试";
    }

    fail(job, sentence, again) {
      job.bar.remove();
      job.note.className = "text-bad";
      job.note.textContent = ` ${sentence}`;
      job.button.textContent = again ? "重试" : "移除";
      job.press = () => {
        job.row.remove();
        if (again) this.add(job.file);
        this.next();
      };
      this.status.textContent = `${job.file.name}：${sentence}`;
    }

    cancel(job) {
      this.queue = this.queue.filter((waiting) => waiting !== job);
      if (job.request) job.request.abort();
      job.row.remove();
      this.list.hidden = !this.list.children.length;
    }

    /* All in: show the page's own list. A refused file stays visible until it is removed. */
    finish() {
      if (this.saved && all("li", this.list).every((row) => !one("button", row))) location.reload();
    }
  }

  window.portal.enhancers.push((root) => {
    const forms = root.matches && root.matches("form[data-upload]") ? [root] : all("form[data-upload]", root);
    for (const form of forms) new Upload(form);
  });
})();
