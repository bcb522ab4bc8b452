/* The app on the device: registers the service worker, says when a page is a copy read earlier, offers to install.
   The worker itself is sw.js. Words come from data-t-… of the body. */
(function () {
  'use strict';
  var body = document.body, home = body.dataset.home || '/', worker = navigator.serviceWorker;
  function all(selector) { return Array.prototype.slice.call(document.querySelectorAll(selector)); }
  function tell(said) { if (worker && worker.controller) worker.controller.postMessage(said); }

  /* ---------- a copy read earlier ---------- */
  function two(n) { return ('0' + n).slice(-2); }
  if (body.dataset.readAt) {
    var at = new Date(Number(body.dataset.readAt)), now = new Date(), main = document.querySelector('main');
    var when = two(at.getHours()) + ':' + two(at.getMinutes());
    if (at.toDateString() !== now.toDateString()) when += ', ' + two(at.getDate()) + '/' + two(at.getMonth() + 1);
    var note = document.createElement('div'), text = document.createElement('span'), again = document.createElement('a');
    note.className = 'note wait read-last'; note.setAttribute('role', 'status');
    text.textContent = (body.dataset.tCopy || '') + ' ' + when + '.';
    again.href = location.href; again.className = 'btn btn-sm'; again.textContent = body.dataset.tReload || '';
    note.append(text, again);
    if (main) main.prepend(note);
    all('[data-toast], [data-done]').forEach(function (old) { old.remove(); });
    if (navigator.onLine) tell({ type: 'who', address: '/ai/' });
  }
  if (worker) worker.addEventListener('message', function (event) {  /* the copy on the screen is no longer this reader's */
    if (event.data && event.data.type === 'forgotten' && body.dataset.readAt) location.reload();
  });
  window.addEventListener('online', function () { tell({ type: 'who', address: '/ai/' }); });

  /* ---------- without a line: the pages that can still be read ---------- */
  var shelf = document.querySelector('[data-kept-pages]');
  if (shelf && window.caches) {
    caches.keys().then(function (names) {
      var name = names.filter(function (one) { return one.indexOf('khue-read-') === 0; })[0];
      return name ? caches.open(name) : null;
    }).then(function (cache) {
      return cache && cache.keys().then(function (kept) {
        return Promise.all(kept.reverse().map(function (request) {
          return cache.match(request, { ignoreVary: true }).then(function (answer) { return answer.text(); }).then(function (html) {
            var link = document.createElement('a'), item = document.createElement('li');
            link.href = request.url; link.className = 'say';
            link.textContent = new DOMParser().parseFromString(html, 'text/html').title.replace(/ · Khuê$/, '');
            item.append(link); return item;
          });
        }));
      });
    }).then(function (items) {
      if (!items || !items.length) return;
      var list = shelf.querySelector('ul');
      items.forEach(function (item) { list.append(item); });
      shelf.hidden = false;
    });
  }

  /* ---------- signing out leaves nothing to read ---------- */
  document.addEventListener('submit', function (event) {
    if (!event.target.hasAttribute('data-forget')) return;
    tell({ type: 'forget' });
    if (window.caches) caches.keys().then(function (names) { names.forEach(function (name) { if (name.indexOf('khue-read-') === 0) caches.delete(name); }); });
  });

  /* ---------- the worker: registered when the page has all it needs ---------- */
  if (worker && window.isSecureContext) {
    window.addEventListener('load', function () {
      var isNew = !worker.controller;
      setTimeout(function () {
        worker.register('/sw.js', { updateViaCache: 'all' }).catch(function () { /* the pages do without it */ });
        if (isNew && home !== '/') worker.ready.then(function (found) { found.active.postMessage({ type: 'keep', address: home }); });
      }, 1000);
    });
  }

  /* ---------- installing ---------- */
  var offer = null;
  function mayOffer() { try { return localStorage.getItem('khue-no-install') !== '1'; } catch (e) { return true; } }
  function show(shown) {
    all('[data-install]').forEach(function (place) { place.hidden = !shown || (place.dataset.install === 'hint' && !mayOffer()); });
  }
  window.addEventListener('beforeinstallprompt', function (event) { event.preventDefault(); offer = event; show(true); });
  window.addEventListener('appinstalled', function () { offer = null; show(false); });
  document.addEventListener('click', function (event) {
    var button = event.target.closest && event.target.closest('[data-install-go], [data-install-not]');
    if (!button) return;
    if (button.hasAttribute('data-install-not')) { try { localStorage.setItem('khue-no-install', '1'); } catch (e) { /* for now */ } show(!!offer); return; }
    if (offer) { offer.prompt(); offer.userChoice.then(function () { offer = null; show(false); }); }
  });
})();
