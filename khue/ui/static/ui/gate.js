/* The page of a reader at the gate. Every badge is written down in this browser first (localStorage, a place of its own
   each) with a number, then handed over in batches; it is forgotten here only when the server has answered for it. The
   page itself stays on the device, so a tablet that starts anew without a line still reads (sw-gate.js). */
(function () {
  'use strict';
  var script = document.currentScript, gate = document.getElementById('gate');
  if (!gate) return;
  var KEY = 'khue:gate:key', NUMBER = 'khue:gate:number', PLACE = 'khue:gate:place', TAP = 'khue:gate:tap:', ASIDE = 'khue:gate:aside:';
  var MOST = 100, PAUSE = 1000, LONGEST = 30000, SHOWN = 30000, LISTED = 600000, RECENT = 6, JUMP = 2000, WRONG = 120000;
  var state = document.getElementById('gate-state'), last = document.getElementById('gate-last'), place = document.getElementById('gate-place');
  var form = document.getElementById('gate-form'), field = document.getElementById('gate-code'), recent = document.getElementById('gate-recent'), clockNote = document.getElementById('gate-clock');
  var key = '', queue = [], entries = [], flying = false, refused = false, full = false, online = true, clock = null, pause = PAUSE, most = MOST, off = 0, drawn = '';
  function word(name, values) { return (script.dataset['t' + name.charAt(0).toUpperCase() + name.slice(1)] || '').replace(/\{(\w+)\}/g, function (_all, one) { return values[one]; }); }
  function read(name) { try { return localStorage.getItem(name); } catch (e) { return null; } }
  function keep(name, value) { try { localStorage.setItem(name, value); return true; } catch (e) { return false; } }
  function forget(name) { try { localStorage.removeItem(name); } catch (e) { /* no memory, nothing in it */ } }
  function kept() {
    var found = [], names = [];
    try { names = Object.keys(localStorage); } catch (e) { return found; }
    names.forEach(function (name) {
      if (name.indexOf(TAP) !== 0) return;
      try { var one = JSON.parse(read(name)); if (one && one.length > 2) found.push([one[0], one[1], one[2], '', one[4] || 0]); } catch (e) { forget(name); }
    });
    return found.sort(function (a, b) { return a[0] - b[0]; });
  }

  /* ---------- the key: behind the # of the address, which no server sees ---------- */
  function takeKey() {
    if (location.hash.length < 2) return;
    try { keep(KEY, decodeURIComponent(location.hash.slice(1))); } catch (e) { /* not an address of ours */ }
    history.replaceState(null, '', location.pathname);
  }
  function begin() { key = read(KEY) || ''; queue = kept(); refused = false; pause = PAUSE; place.textContent = read(PLACE) || ''; tell(); send(); }

  /* ---------- what the guard sees and hears ---------- */
  function hour(at) { return new Date(at - off).toLocaleTimeString('vi-VN', { hour: '2-digit', minute: '2-digit', timeZone: 'Asia/Ho_Chi_Minh' }); }
  function say(text, look) { state.textContent = text; state.dataset.look = look; }
  function tell() {
    if (!key) return say(word('nokey'), 'bad');
    if (refused) return say(word('refused'), 'bad');
    if (full) return say(word('full'), 'bad');
    if (!online) return say(queue.length ? word('waiting', { n: queue.length }) : word('offline'), 'wait');
    say(queue.length ? word('sending', { n: queue.length }) : word('ready'), queue.length ? '' : 'ok');
  }
  function line(parent, name, text) { var made = document.createElement(name); made.textContent = text; parent.append(made); return made; }
  function draw() {
    var now = Date.now(), newest = entries[0];
    entries = entries.filter(function (one, at) { return at < RECENT + 1 && now - one.at < LISTED; });
    var looks = JSON.stringify([entries, !newest || now - newest.at < SHOWN]);
    if (looks === drawn) return;  /* said once, not every second */
    drawn = looks;
    last.textContent = ''; recent.textContent = '';
    if (newest && now - newest.at < SHOWN) {
      last.dataset.look = newest.look;
      line(last, 'b', newest.title); if (newest.detail) line(last, 'span', newest.detail);
    } else { last.dataset.look = ''; line(last, 'span', word('idle')); }
    entries.slice(1).forEach(function (one) {
      var item = line(recent, 'li', ''); item.dataset.look = one.look;
      line(item, 'span', hour(one.at)); line(item, 'b', one.title); line(item, 'span', one.detail);
    });
  }
  function note(number, title, detail, look) {
    entries.unshift({ number: number, title: title, detail: detail, look: look, at: Date.now() });
    draw();
  }
  function answered(one) {
    entries.forEach(function (entry) {
      if (entry.number !== one[0]) return;
      entry.look = one[1] === 'taken' ? 'ok' : one[1] === 'double' ? 'wait' : 'bad';
      entry.title = one[1] === 'taken' ? one[2] || word('noted') : word(one[1]);
      entry.detail = one[1] === 'taken' ? one[3] : (one[2] + ' ' + one[3]).trim() || entry.detail;
      if (entry === entries[0]) beep(entry.look);
    });
  }
  var sound = null;
  function beep(look) {
    try {
      sound = sound || new (window.AudioContext || window.webkitAudioContext)();
      (look === 'bad' ? [220, 220] : look === 'wait' ? [440] : [880]).forEach(function (pitch, at) {
        var tone = sound.createOscillator(), begins = sound.currentTime + at * 0.25;
        tone.frequency.value = pitch; tone.connect(sound.destination); tone.start(begins); tone.stop(begins + 0.12);
      });
    } catch (e) { /* a silent reader */ }
  }

  /* ---------- the clock: it may be set while taps wait. Their moment stays, it tells them from others; the last value of
     each says how far the clock was set since ---------- */
  var base = Date.now() - performance.now(), awake = null;
  function watch() {
    var jump = Date.now() - performance.now() - base;
    if (Math.abs(jump) < JUMP) return;
    base += jump;
    if (jump > 0 && !awake) return;  /* the device slept: its clock is as it was */
    queue.forEach(function (one) { one[4] += jump; keep(TAP + one[0], JSON.stringify(one)); });
    entries.forEach(function (one) { one.at += jump; });
  }
  function stayAwake() {
    if (awake || document.visibilityState !== 'visible' || !navigator.wakeLock) return;
    navigator.wakeLock.request('screen').then(function (lock) {
      awake = lock; lock.addEventListener('release', function () { awake = null; });
    }).catch(function () { /* a page that may not: the device sleeps as it is set */ });
  }

  /* ---------- a badge ---------- */
  function tap(text) {
    text = text.trim(); if (!text) return;
    if (!key || refused) { beep('bad'); note(0, word('notnoted'), word(key ? 'refused' : 'nokey'), 'bad'); return tell(); }
    watch();
    /* A number never comes twice from this device, whatever the clock does: it rises from the last one kept here. */
    var number = Math.max((+read(NUMBER) || 0) + 1, Date.now()), one = [number, text.slice(0, 64), Date.now(), '', 0];
    full = !keep(NUMBER, String(number)) || !keep(TAP + number, JSON.stringify(one));
    if (full) { beep('bad'); note(0, word('notnoted'), word('full'), 'bad'); return tell(); }
    queue.push(one);
    note(number, word('noted'), text.replace(/^(.{2}).*(.{4})$/, '$1…$2'), online ? '' : 'ok');
    if (!online) beep('ok');
    tell(); send();
  }

  /* ---------- handing over ---------- */
  function later(wait) { clearTimeout(clock); clock = setTimeout(send, wait || pause); pause = Math.min(pause * 2, LONGEST); }
  function done(number) { forget(TAP + number); }
  function send() {
    if (flying || !key) return;
    flying = true; clearTimeout(clock); watch(); tell();
    var batch = queue.slice(0, most), stop = new AbortController(), limit = setTimeout(function () { stop.abort(); }, 15000);
    fetch(gate.dataset.send, { method: 'POST', credentials: 'omit', signal: stop.signal, headers: { 'Content-Type': 'application/json', 'X-Khue-Reader': key }, body: JSON.stringify({ now: Date.now(), taps: batch }) })
      .then(function (answer) {
        online = answer.status < 500; refused = answer.status === 401 || answer.status === 403;
        return answer.ok ? answer.json() : answer.status;
      }).then(function (told) {
        flying = false; clearTimeout(limit);
        if (told === 400 || told === 413) unreadable(batch);
        else if (typeof told === 'number') later(refused ? 60000 : 0);
        else taken(told, batch);
        tell(); draw();
      }).catch(function () { flying = false; clearTimeout(limit); online = false; later(); tell(); });
  }
  function taken(told, batch) {
    var numbers = {};
    told.taps.forEach(function (one) { numbers[one[0]] = true; done(one[0]); answered(one); });
    queue = queue.filter(function (one) { return !numbers[one[0]]; });
    if (batch.length && !told.taps.length) return later();
    pause = PAUSE; most = Math.min(most * 2, MOST); off = Date.now() - told.now;
    place.textContent = told.reader[0] + ' · ' + told.reader[1]; keep(PLACE, place.textContent);
    clockNote.hidden = Math.abs(off) < WRONG;
    clockNote.textContent = word(off > 0 ? 'fast' : 'slow', { n: Math.round(Math.abs(off) / 60000) });
    if (queue.length) send();
  }
  /* One tap that nobody can read must not hold up the others: smaller batches, until it stands alone and is put aside. */
  function unreadable(batch) {
    if (batch.length > 1) { most = Math.max(1, batch.length >> 1); return send(); }
    if (!batch.length) return later();
    keep(ASIDE + batch[0][0], JSON.stringify(batch[0])); done(batch[0][0]);
    queue = queue.filter(function (one) { return one !== batch[0]; });
    answered([batch[0][0], 'stale', '', '']);
    if (queue.length) send();
  }

  form.addEventListener('submit', function (event) { event.preventDefault(); var text = field.value; field.value = ''; tap(text); });
  document.addEventListener('click', function (event) { if (!event.target.closest('button, input, a')) field.focus(); });
  document.addEventListener('keydown', function (event) { if (event.key.length === 1 && !event.ctrlKey && !event.metaKey && document.activeElement !== field) field.focus(); });
  window.addEventListener('online', function () { pause = PAUSE; send(); });
  window.addEventListener('hashchange', function () { takeKey(); begin(); });
  window.addEventListener('storage', function (event) {  /* another window of this page */
    if (event.key === KEY) begin();
    else if (event.key && event.key.indexOf(TAP) === 0) { queue = kept(); tell(); }
  });
  document.addEventListener('visibilitychange', stayAwake);
  setInterval(function () { watch(); if (entries.length) draw(); }, 1000);

  /* ---------- the camera ---------- */
  var camera = document.getElementById('gate-camera'), video = document.getElementById('gate-video');
  if ('BarcodeDetector' in window && navigator.mediaDevices) {
    camera.hidden = false;
    camera.addEventListener('click', function () {
      navigator.mediaDevices.getUserMedia({ video: { facingMode: 'environment' } }).then(function (stream) {
        var eye = new window.BarcodeDetector({ formats: ['qr_code'] }), seen = '', at = 0;
        video.srcObject = stream; video.hidden = false; camera.hidden = true; video.play();
        setInterval(function () {
          eye.detect(video).then(function (found) {
            if (!found.length) return;
            var text = found[0].rawValue, now = performance.now();
            if (text === seen && now - at < 4000) { at = now; return; }
            seen = text; at = now; tap(text);
          }).catch(function () { /* no picture yet */ });
        }, 250);
      }).catch(function () { camera.hidden = true; note(0, word('nocamera'), '', 'bad'); });
    });
  }

  /* ---------- the page stays on the device ---------- */
  function keepPage() {
    if (!window.caches || !navigator.serviceWorker) return;
    navigator.serviceWorker.register('/sw.js', { updateViaCache: 'all' }).then(function () { return caches.open('khue-gate'); }).then(function (cache) {
      var files = [location.pathname].concat(Array.prototype.map.call(
        document.querySelectorAll('script[src], link[rel="stylesheet"], link[rel="preload"], link[rel="icon"]'), function (one) { return one.getAttribute('src') || one.getAttribute('href'); }));
      return cache.addAll(files).then(function () { return cache.keys(); }).then(function (all) {
        var wanted = files.map(function (one) { return new URL(one, location.href).href; });
        return Promise.all(all.map(function (one) { return wanted.indexOf(one.url) < 0 ? cache.delete(one, { ignoreVary: true }) : null; }));
      });
    }).catch(function () { /* without a line: what lies here is kept */ });
  }
  takeKey(); begin(); draw(); stayAwake(); keepPage();
}());
