/* Passkeys: a form with data-passkey="get" or "create" asks the browser's authenticator, then posts its answer.
   The options lie in a <script type="application/json"> named by data-options, or are fetched from data-options-url. */
(function () {
  'use strict';
  function bytes(text) {
    var raw = atob(text.replace(/-/g, '+').replace(/_/g, '/')), out = new Uint8Array(raw.length);
    for (var i = 0; i < raw.length; i++) out[i] = raw.charCodeAt(i);
    return out;
  }
  function text(buffer) {
    var raw = '', view = new Uint8Array(buffer);
    for (var i = 0; i < view.length; i++) raw += String.fromCharCode(view[i]);
    return btoa(raw).replace(/\+/g, '-').replace(/\//g, '_').replace(/=+$/, '');
  }
  function ready(key) {
    key.challenge = bytes(key.challenge);
    if (key.user) key.user.id = bytes(key.user.id);
    (key.excludeCredentials || []).concat(key.allowCredentials || []).forEach(function (one) { one.id = bytes(one.id); });
    return key;
  }
  function answer(credential) {
    var from = credential.response, response = { clientDataJSON: text(from.clientDataJSON) };
    ['attestationObject', 'authenticatorData', 'signature', 'userHandle'].forEach(function (name) {
      if (from[name]) response[name] = text(from[name]);
    });
    return {
      id: credential.id, rawId: text(credential.rawId), type: credential.type, response: response,
      clientExtensionResults: credential.getClientExtensionResults()
    };
  }
  function options(form) {
    var address = form.getAttribute('data-options-url');
    if (!address) return Promise.resolve(JSON.parse(document.getElementById(form.getAttribute('data-options')).textContent));
    var stop = new AbortController(), late = setTimeout(function () { stop.abort(); }, 20000);  // one that hangs is told of
    return fetch(address, { method: 'POST', credentials: 'same-origin', body: new FormData(form), signal: stop.signal })
      .then(function (reply) { return reply.json(); }).finally(function () { clearTimeout(late); });
  }
  document.querySelectorAll('form[data-passkey]').forEach(function (form) {
    if (!window.PublicKeyCredential) return;
    form.hidden = false;
    form.addEventListener('submit', function (event) {
      event.preventDefault();
      event.stopPropagation();
      var create = form.getAttribute('data-passkey') === 'create', said = form.querySelector('[data-passkey-said]');
      options(form).then(function (found) {
        var wish = { publicKey: ready(found.publicKey || found) };
        return create ? navigator.credentials.create(wish) : navigator.credentials.get(wish);
      }).then(function (credential) {
        form.elements.credential.value = JSON.stringify(answer(credential));
        HTMLFormElement.prototype.submit.call(form);
      }).catch(function () { if (said) said.hidden = false; });
    }, true);
  });
})();
