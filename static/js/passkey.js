/* Passkeys, for <form data-passkey="create|get"> with a field "credential".

   What the browser is to do stands in the page (#passkey-options), or is asked for where the form says
   (data-passkey-options). Its answer is sent with the form. Where the browser knows no passkeys, a hidden form stays
   hidden. */
(() => {
  "use strict";

  const FAULT = "没有完成：浏览器没有取得通行密钥的确认。可以再试一次，或改用其他方式。";

  const bytes = (text) =>
    Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (letter) => letter.charCodeAt(0)).buffer;
  const text = (buffer) =>
    btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
  const listed = (found) => (found || []).map((one) => ({ ...one, id: bytes(one.id) }));

  function creation(options, form) {
    const alone = form.elements.passwordless?.checked;
    const selection = { ...options.authenticatorSelection };
    selection.residentKey = alone ? "required" : "discouraged";
    selection.requireResidentKey = Boolean(alone);
    if (alone) selection.userVerification = "required";
    return {
      ...options,
      challenge: bytes(options.challenge),
      user: { ...options.user, id: bytes(options.user.id) },
      excludeCredentials: listed(options.excludeCredentials),
      authenticatorSelection: selection,
    };
  }

  const request = (options) => ({
    ...options,
    challenge: bytes(options.challenge),
    allowCredentials: listed(options.allowCredentials),
  });

  function answered(credential) {
    const { response } = credential;
    const told = { clientDataJSON: text(response.clientDataJSON) };
    if (response.attestationObject) {
      told.attestationObject = text(response.attestationObject);
      told.transports = response.getTransports ? response.getTransports() : [];
    } else {
      told.authenticatorData = text(response.authenticatorData);
      told.signature = text(response.signature);
      told.userHandle = response.userHandle ? text(response.userHandle) : null;
    }
    return {
      id: credential.id,
      rawId: text(credential.rawId),
      type: credential.type,
      authenticatorAttachment: credential.authenticatorAttachment,
      clientExtensionResults: credential.getClientExtensionResults(),
      response: told,
    };
  }

  async function optionsOf(form) {
    const where = form.dataset.passkeyOptions;
    if (!where) {
      const held = JSON.parse(document.getElementById("passkey-options").textContent);
      return (held.creation_options || held.request_options).publicKey;
    }
    const answer = await fetch(where, { headers: { Accept: "application/json", "X-Requested-With": "XMLHttpRequest" } });
    if (!answer.ok) throw new Error(`options: ${answer.status}`);
    return (await answer.json()).request_options.publicKey;
  }

  async function asked(form) {
    const options = await optionsOf(form);
    return form.dataset.passkey === "create"
      ? navigator.credentials.create({ publicKey: creation(options, form) })
      : navigator.credentials.get({ publicKey: request(options) });
  }

  function send(event, form) {
    event.preventDefault();
    event.stopImmediatePropagation();
    const fault = document.querySelector("[data-passkey-fault]");
    fault.hidden = true;
    asked(form)
      .then((credential) => {
        form.elements.credential.value = JSON.stringify(answered(credential));
        form.submit();
      })
      .catch(() => {
        fault.textContent = FAULT;
        fault.hidden = false;
      });
  }

  if (!window.PublicKeyCredential) return;
  for (const form of document.querySelectorAll("[data-passkey]")) {
    form.hidden = false;
    form.addEventListener("submit", (event) => send(event, form), true);
    form.querySelector("button[type=button]")?.addEventListener("click", (event) => send(event, form));
  }
})();
