/* Where drafts lie on this computer: one record a field, under the user, the form and the field.

   IndexedDB, because it outlives a killed browser; what is in it is enciphered with a key that the server writes into
   this user's pages alone, so that whoever signs in next at the same computer reads nothing of it, and after signing in
   again it is all there. Where the browser offers no cipher (plain http, where the text travels openly anyway) the
   record is kept as it is, and is still shown to its own user only. */
(() => {
  "use strict";

  const DAYS = 30;
  const STORE = "drafts";
  const { user = "", draftKey = "" } = document.body ? document.body.dataset : {};
  let opened, imported;

  function database() {
    opened ??= new Promise((resolve, reject) => {
      const request = indexedDB.open(STORE, 1);
      request.onupgradeneeded = () => request.result.createObjectStore(STORE, { keyPath: "id" });
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => reject(request.error);
    });
    return opened;
  }

  /* One transaction; ``work`` gets the store and a place for what it found. */
  async function transact(mode, work) {
    const transaction = (await database()).transaction(STORE, mode, { durability: "strict" });
    const found = [];
    work(transaction.objectStore(STORE), found);
    return new Promise((resolve, reject) => {
      transaction.oncomplete = () => resolve(found);
      transaction.onabort = () => reject(transaction.error);
    });
  }

  const cipher = () => {
    imported ??= crypto.subtle.importKey(
      "raw", Uint8Array.from(atob(draftKey), (sign) => sign.charCodeAt(0)), "AES-GCM", false, ["encrypt", "decrypt"]
    );
    return imported;
  };

  async function sealed(content) {
    if (!crypto.subtle) return { plain: content };
    const iv = crypto.getRandomValues(new Uint8Array(12));
    const text = new TextEncoder().encode(JSON.stringify(content));
    return { iv, data: await crypto.subtle.encrypt({ name: "AES-GCM", iv }, await cipher(), text) };
  }

  async function unsealed(record) {
    if (record.plain) return record.plain;
    const text = await crypto.subtle.decrypt({ name: "AES-GCM", iv: record.iv }, await cipher(), record.data);
    return JSON.parse(new TextDecoder().decode(text));
  }

  const idOf = (form, name) => [user, form, name].join("\n");
  const ofForm = (form) => IDBKeyRange.bound(idOf(form, ""), idOf(form, "\uffff"));

  /* What is kept of a form: name of the field -> { at, values, base, text, label }. */
  async function read(form) {
    const records = await transact("readonly", (store, found) => {
      store.getAll(ofForm(form)).onsuccess = (event) => found.push(...event.target.result);
    });
    const kept = new Map();
    for (const record of records) {
      try {
        kept.set(record.id.split("\n")[2], { at: record.at, ...(await unsealed(record)) });
      } catch {
        /* Sealed with a key that the server no longer has: nobody can read it, it goes when its time is over. */
      }
    }
    return kept;
  }

  async function write(form, changed, gone) {
    const at = Date.now();
    const records = [];
    for (const [name, content] of changed) records.push({ id: idOf(form, name), at, ...(await sealed(content)) });
    await transact("readwrite", (store) => {
      records.forEach((record) => store.put(record));
      gone.forEach((name) => store.delete(idOf(form, name)));
    });
  }

  /* All of a form up to a moment; what another window has kept since stays. */
  const clear = (form, until) => sweep(ofForm(form), (record) => record.at <= until);
  const expire = () => sweep(null, (record) => record.at < Date.now() - DAYS * 86400000);

  function sweep(range, goes) {
    return transact("readwrite", (store) => {
      store.openCursor(range).onsuccess = (event) => {
        const cursor = event.target.result;
        if (!cursor) return;
        if (goes(cursor.value)) cursor.delete();
        cursor.continue();
      };
    });
  }

  window.portal.drafts = { user, read, write, clear, expire };
})();
