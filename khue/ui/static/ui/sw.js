/* The service worker: what every page needs lies ready on the device, and what a family read last can be read again
   without a line. The server writes `KHUE` before this text: {version, built, static, shell, offline, more}.

   Rules. Pages come from the network first; a copy is shown only when the network fails or is slow. Copies are made of
   those pages alone whose answer says `X-Khue-Keep: 1`, at most forty, and belong to one reader: every answer names its
   reader (`X-Khue-Person`: a person together with whose records they may see), and when that is another one, or nobody,
   all copies of others are gone. A new version takes over without reloading anything, so that no typed form is lost; the
   styles and scripts of the version before stay until the next one.

   Other parts of Khuê add themselves in files of their own (sw-*.js), through `self.khue`:
   fetchers: functions (event, url) that answer true when they have taken the request; forgetters: functions called when
   copies are wiped; offlinePage(request): what to show for a page that is not there. */
'use strict';
var SHELL = 'khue-shell-' + KHUE.version, READ = 'khue-read-', RUNNING = 'khue-static';
var MOST_PAGES = 40, MOST_ASSETS = 60, PATIENCE = 4000, KEPT_DAYS = 30, NOBODY = '-';
self.khue = { version: KHUE.version, fetchers: [], forgetters: [], offlinePage: null };

/* ---------- one thing at a time: a copy that comes late never outlives a wipe that came after it ---------- */
var line = Promise.resolve();
function inTurn(work) { line = line.then(work, work); return line; }
/* Whose copies they are, and how often that has changed: what was asked for before a change is not kept after it. */
var reader = null, era = 0;

/* ---------- the shell ---------- */
self.addEventListener('install', function (event) {
  event.waitUntil(caches.open(SHELL).then(function (shell) {
    return Promise.all(KHUE.shell.concat(KHUE.offline).map(function (address) {
      return fetch(address, { cache: KHUE.built ? 'default' : 'no-cache', credentials: 'same-origin' }).then(function (answer) {
        if (!answer.ok) throw new Error(address + ' ' + answer.status);
        return shell.put(address, answer);
      });
    }));
  }).then(function () { return self.skipWaiting(); }));
});
self.addEventListener('activate', function (event) {
  event.waitUntil(caches.keys().then(function (names) {
    var shells = names.filter(function (name) { return name.indexOf('khue-shell-') === 0 && name !== SHELL; });
    return Promise.all(shells.slice(0, -1).map(function (name) { return caches.delete(name); }));
  }).then(function () {
    return self.registration.navigationPreload ? self.registration.navigationPreload.enable() : null;
  }).then(function () { return self.clients.claim(); }));
});

/* ---------- asked for something ---------- */
self.addEventListener('fetch', function (event) {
  var request = event.request, url = new URL(request.url);
  if (request.method !== 'GET' || url.origin !== self.location.origin) return;
  if (self.khue.fetchers.some(function (take) { return take(event, url); })) return;
  if (url.pathname.indexOf(KHUE.static) === 0) event.respondWith(asset(request, event));
  else if (request.mode === 'navigate') event.respondWith(page(event));
});

/* Files under the name of their content never change: the copy will do. Others are asked for first. */
function asset(request, event) {
  function fresh() {
    return fetch(request).then(function (answer) {
      if (answer.ok && answer.type === 'basic') event.waitUntil(put(RUNNING, request.url, answer.clone(), MOST_ASSETS));
      return answer;
    });
  }
  if (!KHUE.built) return fresh().catch(function (error) { return caches.match(request, { ignoreVary: true }).then(function (kept) { if (kept) return kept; throw error; }); });
  return caches.match(request, { ignoreVary: true }).then(function (kept) { return kept || fresh(); });
}

function page(event) {
  var request = event.request, asked = era;
  var going = Promise.resolve(event.preloadResponse).then(function (early) { return early || fetch(request); });
  event.waitUntil(going.then(function (answer) { return learn(request.url, answer.clone(), asked); }).catch(function () { /* no line */ }));
  return new Promise(function (resolve) {
    var wait = setTimeout(function () { readLast(request.url).then(function (copy) { if (copy) resolve(copy); }); }, PATIENCE);
    function otherwise(answer) {
      clearTimeout(wait);
      readLast(request.url).then(function (copy) { return copy || answer || nothing(request); }).then(resolve);
    }
    going.then(function (answer) {
      if (answer.status === 502 || answer.status === 503 || answer.status === 504) otherwise(answer);
      else { clearTimeout(wait); resolve(answer); }
    }, function () { otherwise(null); });
  });
}
function nothing(request) {
  var own = self.khue.offlinePage ? self.khue.offlinePage(request) : null;
  return Promise.resolve(own).catch(function () { return null; }).then(function (found) {
    return found || caches.match(KHUE.offline, { ignoreVary: true });
  }).then(function (found) { return found || Response.error(); });
}

/* ---------- copies of what was read ---------- */
function learn(address, answer, asked) {
  var who = answer.headers.get('X-Khue-Person');
  if (who === null) return Promise.resolve();
  var wanted = answer.status === 200 && !answer.redirected && answer.headers.get('X-Khue-Keep') === '1' && who !== NOBODY;
  return Promise.resolve(wanted ? answer.text() : '').then(function (text) {
    return inTurn(function () {
      if (asked !== era) return null;
      return onlyOf(who).then(function () {
        if (wanted) return put(READ + who, address, copyOf(answer, text), MOST_PAGES);
        if (answer.status >= 400 && answer.status < 500) return drop(address);
        return null;
      });
    });
  });
}
function copyOf(answer, text) {
  var headers = new Headers(answer.headers);
  headers.delete('Content-Encoding'); headers.delete('Content-Length');
  headers.set('X-Khue-Read-At', String(Date.now()));
  return new Response(text, { status: 200, headers: headers });
}
function put(name, address, answer, most) {
  return caches.open(name).then(function (cache) {
    return cache.delete(address, { ignoreVary: true }).then(function () { return cache.put(address, answer); }).then(function () {
      return cache.keys();
    }).then(function (kept) {
      return Promise.all(kept.slice(0, Math.max(0, kept.length - most)).map(function (one) { return cache.delete(one, { ignoreVary: true }); }));
    });
  });
}
function readers() { return caches.keys().then(function (names) { return names.filter(function (name) { return name.indexOf(READ) === 0; }); }); }
function onlyOf(who) {
  return readers().then(function (names) {
    var others = names.filter(function (name) { return name !== READ + who; });
    if (reader !== who && (others.length || reader !== null || !who || who === NOBODY)) era += 1;
    reader = who;
    if (others.length) {
      self.khue.forgetters.forEach(function (forget) { forget(); });
      self.clients.matchAll({ type: 'window' }).then(function (pages) { pages.forEach(function (one) { one.postMessage({ type: 'forgotten' }); }); });
    }
    return Promise.all(others.map(function (name) { return caches.delete(name); }));
  });
}
function drop(address) {
  return readers().then(function (names) {
    return Promise.all(names.map(function (name) { return caches.open(name).then(function (cache) { return cache.delete(address, { ignoreVary: true }); }); }));
  });
}
/* The copy of a page, which says of itself when it was read; one that is too old is gone. */
function readLast(address) {
  return inTurn(function () {
    return readers().then(function (names) {
      return names.length === 1 ? caches.open(names[0]).then(function (cache) { return cache.match(address, { ignoreVary: true }); }) : null;
    });
  }).then(function (kept) {
    if (!kept) return null;
    var at = Number(kept.headers.get('X-Khue-Read-At'));
    if (Date.now() - at > KEPT_DAYS * 864e5) return inTurn(function () { return drop(address); }).then(function () { return null; });
    return kept.text().then(function (text) {
      return new Response(text.replace('<body ', '<body data-read-at="' + at + '" '), { status: 200, headers: kept.headers });
    });
  }).catch(function () { return null; });
}

/* ---------- asked by a page ---------- */
self.addEventListener('message', function (event) {
  var said = event.data || {};
  if (said.type === 'forget') event.waitUntil(inTurn(function () { return onlyOf(''); }));
  if (said.type === 'who') event.waitUntil(ask(said.address));
  if (said.type === 'keep') event.waitUntil(ask(said.address));
});
function ask(address) {
  var url = new URL(address, self.location.href);
  if (url.origin !== self.location.origin) return Promise.resolve();
  var asked = era;
  return fetch(url.href, { credentials: 'same-origin', cache: 'no-store' }).then(function (answer) { return learn(url.href, answer, asked); }).catch(function () { /* no line */ });
}

KHUE.more.forEach(function (address) { importScripts(address); });
