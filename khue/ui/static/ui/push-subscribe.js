/* The page on which a browser is asked to show notices: it asks only when the button is pressed. */
(function () {
  'use strict';
  var form = document.querySelector('[data-push-on]'), list = document.querySelector('[data-push-list]');
  var worker = navigator.serviceWorker, can = worker && window.PushManager && window.Notification && window.isSecureContext;
  function say(name) {
    var place = form.querySelector('[data-push-said]');
    place.textContent = form.dataset['t' + name]; place.hidden = false;
  }
  function bytes(text) {
    var plain = atob(text.replace(/-/g, '+').replace(/_/g, '/') + '==='.slice((text.length + 3) % 4));
    return Uint8Array.from(plain, function (char) { return char.charCodeAt(0); });
  }
  function text(buffer) {
    return btoa(String.fromCharCode.apply(null, new Uint8Array(buffer))).replace(/\+/g, '-').replace(/\//g, '_').replace(/=+$/, '');
  }
  function label() {
    var agent = navigator.userAgent;
    var browser = /coc_coc/i.test(agent) ? 'Cốc Cốc' : /Edg\//.test(agent) ? 'Edge' : /SamsungBrowser/.test(agent) ? 'Samsung Internet'
      : /Firefox\//.test(agent) ? 'Firefox' : /Chrome\//.test(agent) ? 'Chrome' : /Safari\//.test(agent) ? 'Safari' : 'Trình duyệt';
    var system = /Android/.test(agent) ? 'Android' : /iPhone|iPad/.test(agent) ? 'iPhone, iPad' : /Windows/.test(agent) ? 'Windows'
      : /Mac OS/.test(agent) ? 'macOS' : /Linux/.test(agent) ? 'Linux' : '';
    return system ? browser + ' · ' + system : browser;
  }
  function same(own, key) {
    var now = own.options && own.options.applicationServerKey;
    return !now || text(now) === key;
  }
  function subscribe(registration) {
    var key = form.dataset.key, wanted = { userVisibleOnly: true, applicationServerKey: bytes(key) };
    return registration.pushManager.getSubscription().then(function (own) {
      if (own && same(own, key)) return own;
      return Promise.resolve(own && own.unsubscribe()).then(function () { return registration.pushManager.subscribe(wanted); });
    });
  }
  function send(own) {
    form.elements.endpoint.value = own.endpoint;
    form.elements.public_key.value = text(own.getKey('p256dh'));
    form.elements.secret.value = text(own.getKey('auth'));
    form.elements.label.value = label();
    form.submit();
  }
  if (form) form.querySelector('[data-push-ask]').addEventListener('click', function (event) {
    var button = event.currentTarget;
    if (!can) { say('Missing'); return; }
    button.disabled = true;
    Notification.requestPermission().then(function (answer) {
      if (answer !== 'granted') { say('Denied'); button.disabled = false; return null; }
      return worker.register('/sw.js').then(function () { return worker.ready; }).then(subscribe).then(send);
    }).catch(function () { say('Failed'); button.disabled = false; });
  });
  /* Which of the listed browsers is this one: told by the beginning of the hash of its address. */
  if (list && can && crypto.subtle) worker.ready.then(function (registration) { return registration.pushManager.getSubscription(); }).then(function (own) {
    if (!own) return;
    crypto.subtle.digest('SHA-256', new TextEncoder().encode(own.endpoint)).then(function (hash) {
      var mine = list.querySelector('[data-browser="' + text(hash).slice(0, 16) + '"] [data-this-browser]');
      if (mine) mine.hidden = false;
    });
  });
})();
