/* The wall keeps itself fresh: once a minute it fetches what changes and swaps it in only when it differs, so nothing
   flickers. It never keeps a session alive by itself (the request says that nobody asked), and it says in words when
   what it shows has stopped. Faces take turns where one screen is not enough. */
(function () {
  'use strict';
  var wall = document.querySelector('[data-wall]');
  if (!wall) return;
  var live = wall.querySelector('[data-live]'), note = wall.querySelector('[data-lost]'), again = wall.querySelector('[data-again]');
  var every = Number(wall.dataset.every) * 1000, turn = Number(wall.dataset.turn) * 1000;
  var good = Date.now(), isOver = false, isHeld = false, offset = 0;

  function two(n) { return ('0' + n).slice(-2); }
  function hour(time) { var d = new Date(time + offset); return two(d.getHours()) + ':' + two(d.getMinutes()); }
  function setClock() {
    var clock = live.querySelector('[data-clock]');
    if (!clock) return;
    var zone = new Date(Date.now() + offset).toLocaleTimeString('en-GB', { timeZone: 'Asia/Ho_Chi_Minh', hour: '2-digit', minute: '2-digit' });
    if (clock.textContent !== zone) clock.textContent = zone;
  }
  function readClock(seconds) {
    if (seconds) offset = seconds * 1000 - Date.now();
    setClock();
  }
  function say(text, mayEnter) {
    note.querySelector('span').textContent = text; note.hidden = !text; again.hidden = !mayEnter;
  }
  function lost(word) { say(wall.dataset[word].replace('%s', hour(good)), word === 'tOver'); }
  function swap(html) {
    var fresh = document.createElement('template'), clock = live.querySelector('[data-clock]');
    fresh.innerHTML = html;
    var next = fresh.content.querySelector('[data-clock]');
    if (clock && next) next.textContent = clock.textContent;
    var old = Array.prototype.slice.call(live.children), now = Array.prototype.slice.call(fresh.content.children);
    if (old.length !== now.length) { live.replaceChildren(fresh.content); return; }
    old.forEach(function (part, at) { mend(part, now[at]); });
  }
  function mend(part, fresh) {  /* only what differs is put in anew, section by section */
    if (part.outerHTML === fresh.outerHTML) return;
    if (part.matches('.wall-grid') && part.children.length === fresh.children.length) {
      var inner = Array.prototype.slice.call(fresh.children);
      Array.prototype.slice.call(part.children).forEach(function (section, at) { mend(section, inner[at]); });
      return;
    }
    var held = part.contains(document.activeElement) ? document.activeElement.getAttribute('href') : null;
    part.replaceWith(fresh);
    if (held) { var same = live.querySelector('a[href="' + CSS.escape(held) + '"]'); if (same) same.focus(); }
  }
  function refresh() {
    if (isOver || document.hidden) return;
    fetch(wall.dataset.wall, { headers: { 'X-Khue-Fragment': 'wall', 'X-Khue-Unattended': '1' }, credentials: 'same-origin', cache: 'no-store' }).then(function (answer) {
      if (answer.redirected || [401, 403, 404].indexOf(answer.status) >= 0) { isOver = true; lost('tOver'); return; }
      if (!answer.ok) throw new Error(String(answer.status));
      var at = Date.parse(answer.headers.get('Date') || '');
      return answer.text().then(function (html) { swap(html); good = Date.now(); say('', false); readClock(at ? at / 1000 : 0); });
    }).catch(function () { lost('tLost'); });
  }
  setInterval(refresh, every);
  setInterval(setClock, 5000);
  document.addEventListener('visibilitychange', function () { if (!document.hidden && Date.now() - good > every) refresh(); });
  window.addEventListener('online', refresh);
  readClock(Number(wall.dataset.now));

  /* ---------- faces in turn ---------- */
  var wide = matchMedia('(min-width: 1000px)');
  function fit() { if (!wide.matches) delete wall.dataset.face; else if (!wall.dataset.face) wall.dataset.face = 'map'; }
  function next() { if (wide.matches) wall.dataset.face = wall.dataset.face === 'map' ? 'rest' : 'map'; }
  if (wall.classList.contains('faces')) {
    fit(); wide.addEventListener('change', fit);
    setInterval(function () { if (!isHeld && !wall.contains(document.querySelector('.wall-grid a:focus-visible'))) next(); }, turn);
    document.addEventListener('keydown', function (event) { if (event.key === 'ArrowRight' || event.key === 'ArrowLeft') next(); });
  }
  wall.addEventListener('click', function (event) {
    var button = event.target.closest('button');
    if (!button) return;
    if ('turnNow' in button.dataset) next();
    if ('hold' in button.dataset) { isHeld = !isHeld; button.setAttribute('aria-pressed', String(isHeld)); }
    if ('full' in button.dataset) { if (document.fullscreenElement) document.exitFullscreen(); else document.documentElement.requestFullscreen(); }
  });

  /* ---------- the hands come out when the pointer stirs ---------- */
  var still = 0;
  function stir() { wall.classList.add('stirred'); clearTimeout(still); still = setTimeout(function () { wall.classList.remove('stirred'); }, 3000); }
  ['pointermove', 'keydown', 'touchstart'].forEach(function (type) { document.addEventListener(type, stir, { passive: true }); });
}());
