/* The page of a reader at the gate. Every badge is written down in this browser first (localStorage) with a number of
   its own, then handed over in batches; it is forgotten here only when the server has answered for its number. */
(function () {
  'use strict';
  var script = document.currentScript, gate = document.getElementById('gate');
  if (!gate) return;
  var KEY = 'khue:gate:key', QUEUE = 'khue:gate:queue', NUMBER = 'khue:gate:number', MOST = 100;
  var state = document.getElementById('gate-state'), last = document.getElementById('gate-last');
  var form = document.getElementById('gate-form'), field = document.getElementById('gate-code');
  var key = '', queue = [], flying = false, refused = false, clock = null, pause = 1000;
  function word(name, values) { return (script.dataset['t' + name.charAt(0).toUpperCase() + name.slice(1)] || '').replace(/\{(\w+)\}/g, function (_all, one) { return values[one]; }); }
  function read(name) { try { return localStorage.getItem(name); } catch (e) { return null; } }
  function keep(name, value) { try { localStorage.setItem(name, value); return true; } catch (e) { return false; } }
  function keepQueue() { return keep(QUEUE, JSON.stringify(queue)); }
  if (location.hash.length > 1) {
    var given = decodeURIComponent(location.hash.slice(1));
    if (given !== read(KEY)) { keep(KEY, given); }
    history.replaceState(null, '', location.pathname);
  }
  key = read(KEY) || '';
  try { queue = JSON.parse(read(QUEUE)) || []; } catch (e) { queue = []; }
  function say(text, look) { state.textContent = text; state.dataset.look = look || ''; }
  function show(title, detail, look) {
    last.textContent = ''; last.dataset.look = look;
    var big = document.createElement('b'), small = document.createElement('span');
    big.textContent = title; small.textContent = detail; last.append(big, small);
  }
  function tell() {
    if (!key) return say(word('nokey'), 'bad');
    if (refused) return say(word('refused'), 'bad');
    if (queue.length && !flying && pause > 1000) return say(word('waiting', { n: queue.length }), 'wait');
    say(queue.length ? word('sending', { n: queue.length }) : word('ready'), queue.length ? '' : 'ok');
  }
  function tap(text) {
    text = text.trim(); if (!text || !key) return tell();
    /* A number never comes twice from this key, whatever the clock does: it rises from the last one kept here. */
    var number = Math.max((+read(NUMBER) || 0) + 1, Date.now());
    queue.push([number, text.slice(0, 64), Date.now()]);
    if (!keep(NUMBER, String(number)) || !keepQueue()) { queue.pop(); return; }
    show(word('noted'), text.replace(/^(.{2}).*(.{4})$/, '$1…$2'), 'ok'); tell(); send();
  }
  function later() { clearTimeout(clock); clock = setTimeout(send, pause); pause = Math.min(pause * 2, 30000); }
  function send() {
    if (flying || !queue.length || !key || refused) return;
    flying = true; clearTimeout(clock); tell();
    var stop = new AbortController(), limit = setTimeout(function () { stop.abort(); }, 15000);
    fetch(gate.dataset.send, { method: 'POST', credentials: 'omit', signal: stop.signal, headers: { 'Content-Type': 'application/json', 'X-Khue-Reader': key }, body: JSON.stringify({ now: Date.now(), taps: queue.slice(0, MOST) }) })
      .then(function (answer) {
        if (answer.status === 401 || answer.status === 403) { refused = true; throw new Error('refused'); }
        if (!answer.ok) throw new Error(String(answer.status));
        return answer.json();
      }).then(function (told) {
        var done = {}; told.taps.forEach(function (one) { done[one[0]] = one; });
        queue = queue.filter(function (one) { return !done[one[0]]; }); keepQueue(); pause = 1000;
        var newest = told.taps[told.taps.length - 1];
        if (newest && !queue.length) {
          if (newest[1] === 'taken') show(newest[2], newest[3], 'ok');
          else show(word(newest[1]), newest[2] ? newest[2] + ' ' + newest[3] : '', newest[1] === 'double' ? 'wait' : 'bad');
        }
        flying = false; clearTimeout(limit); tell(); if (queue.length) send();
      }).catch(function () { flying = false; clearTimeout(limit); if (!refused) later(); tell(); });
  }
  form.addEventListener('submit', function (event) { event.preventDefault(); tap(field.value); field.value = ''; });
  document.addEventListener('click', function (event) { if (!event.target.closest('button')) field.focus(); });
  window.addEventListener('online', function () { pause = 1000; send(); });
  window.addEventListener('storage', function (event) { if (event.key === KEY) location.reload(); });
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
            var text = found[0].rawValue, now = Date.now();
            if (text === seen && now - at < 4000) { at = now; return; }
            seen = text; at = now; tap(text);
          }).catch(function () { /* no picture yet */ });
        }, 250);
      }).catch(function () { camera.hidden = true; });
    });
  }
  tell(); send();
}());
