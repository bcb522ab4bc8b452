/* A carried device and the server: register, take along, send in small batches, go on after any cut
   (khue/kernel/offline/README.md, PROTOCOL). Nothing leaves the outbox before the server has answered for it. */
(function () {
  'use strict';
  const own = window.khueCarried, at = document.getElementById('words').dataset;
  const MOST_SENT = 16000, MOST_RAW = 250000, MOST_ENTRIES = 400, PATIENCE = 60000;
  let token = '', busy = null;

  /* Why it stopped: signin, other_person, wipe, unknown, line (later again), or a code of the server with its message. */
  function Stop(code, message) { this.code = code; this.message = message || ''; }
  function pause(seconds) { return new Promise(function (ok) { setTimeout(ok, seconds * 1000); }); }

  async function fetched(address, how) {
    const stop = new AbortController(), clock = setTimeout(function () { stop.abort(); }, PATIENCE);
    try {
      const answer = await fetch(address, Object.assign({ credentials: 'same-origin', redirect: 'manual', cache: 'no-store', signal: stop.signal }, how));
      if (answer.type === 'opaqueredirect') throw new Stop('signin');
      const isJson = (answer.headers.get('Content-Type') || '').indexOf('application/json') === 0;
      return { status: answer.status, said: isJson ? await answer.json() : null };
    } catch (error) {
      throw error instanceof Stop ? error : new Stop('line');
    } finally { clearTimeout(clock); }
  }
  async function who() {
    const found = await fetched(at.who, {});
    if (found.status !== 200 || !found.said) throw new Stop('line');
    token = found.said.token;
    return found.said.person;
  }
  async function post(address, data, packed, isAgain) {
    const headers = { 'Content-Type': 'application/json', 'X-CSRFToken': token };
    const meta = own.open ? own.open.meta : await own.meta();
    if (meta) headers['X-Khue-Device'] = meta.token;
    if (packed) headers['Content-Encoding'] = 'gzip';
    const found = await fetched(address, { method: 'POST', headers: headers, body: packed || JSON.stringify(data) });
    if (found.status === 403 && !found.said && !isAgain) { await who(); return post(address, data, packed, true); }
    if (found.status === 429 && !isAgain) { await pause(Math.min(61, (found.said || {}).seconds || 60)); return post(address, data, packed, true); }
    if (found.status >= 500 || !found.said) throw new Stop('line');
    if (found.status < 400) return found.said;
    const code = found.said.error;
    if (code === 'wipe') { await own.wipe(); throw new Stop('wipe', found.said.message); }
    const stopped = new Stop(code, found.said.message);
    stopped.next = found.said.next;
    throw stopped;
  }

  /* What the server says of this device before anything else: cut off means erase everything first. */
  own.ask = async function (meta) {
    const found = await fetched(at.ask, { method: 'POST', headers: { 'Content-Type': 'application/json', 'X-Khue-Device': meta.token }, body: '{}' });
    const state = found.said ? found.said.state : '';
    if (state === 'wipe') await own.wipe();
    return state;
  };

  /* ---------- made ---------- */
  own.prepare = async function (name, pin) {
    await who();
    const replica = own.newReplica(), said = await post(at.register, { name: name, replica: replica });
    await own.create(pin, said, replica);
    try { await along(); } catch (stopped) {
      if (stopped.code !== 'not_allowed') throw stopped;
      await post(at.leave, {}).catch(function () { /* cut off by itself after its days */ });
      await own.wipe();
      throw stopped;
    }
    if (navigator.storage && navigator.storage.persist) navigator.storage.persist().catch(function () { /* the browser decides */ });
  };
  /* Open after the days have passed, or on a server that does not know this device any more: the half comes from there. */
  own.openAgain = async function (pin, state) {
    const meta = await own.meta(), person = await who();
    if (person[0] !== meta.person) throw new Stop('other_person');
    if (state === 'unknown') {
      if (!meta.half) throw new Stop('lost');
      const first = await own.unlock(pin);  /* a wrong PIN registers nothing */
      if (!first.ok) return first;
      const replica = own.newReplica(), said = await post(at.register, { name: at.thisDevice, replica: replica }).finally(own.shut);
      said.replica = replica;
      return own.unlock(pin, null, said);
    }
    const said = await post(at.carry, { replica: meta.replica, left: 0 });
    const found = await own.unlock(pin, said.half);
    if (found.ok) await own.takeAlong(said);
    return found;
  };
  own.leave = async function () {
    await who();
    await post(at.leave, {});
    await own.wipe();
  };

  async function along() {
    await own.takeAlong(await post(at.carry, { replica: own.open.meta.replica, left: own.open.out.length }));
  }
  async function anew() {
    const replica = own.newReplica(), said = await post(at.replica, { replica: replica });
    await own.numberAnew(replica, said.next);
  }

  /* ---------- sent ---------- */
  async function gzip(text) {
    if (!window.CompressionStream) return null;
    return new Uint8Array(await new Response(new Blob([text]).stream().pipeThrough(new CompressionStream('gzip'))).arrayBuffer());
  }
  function body(batch, left) {
    return JSON.stringify({
      replica: own.open.meta.replica, left: left,
      entries: batch.map(function (one) { return [one.seq, one.collection, one.key, one.value, one.seen, one.carry, one.at]; })
    });
  }
  /* As many of the first entries as go into one batch: they get their numbers, on the disk, before anything is sent. */
  async function next() {
    for (let count = Math.min(MOST_ENTRIES, own.open.out.length); count > 0; count = count >> 1) {
      const trial = body(own.open.out.slice(0, count).map(function (one) { return Object.assign({}, one, { seq: one.seq || 1e9 }); }), own.open.out.length), size = new Blob([trial]).size;
      const packed = size > MOST_RAW ? null : await gzip(trial);
      if (count > 1 && (packed ? packed.length : size) > MOST_SENT) continue;
      const batch = await own.number(count), text = body(batch, own.open.out.length - batch.length);
      return { batch: batch, text: text, packed: await gzip(text) };
    }
    return null;
  }
  async function send(tell) {
    let sent = 0, strange = 0;
    while (own.open && own.open.out.length) {
      const going = await next();
      tell(own.open.out.length);
      try {
        const said = await post(at.join, null, going.packed || new Blob([going.text]));
        await own.answered(said.answers);
        sent += said.answers.length;
        if (!said.answers.length && (strange += 1) > 5) throw new Stop('line');
      } catch (stopped) {
        if ((strange += 1) > 5) throw stopped;
        if (stopped.code === 'gap' || stopped.code === 'forked' || stopped.code === 'unknown_replica') await anew();
        else if (stopped.code === 'conflict') await pause(3);
        else if (stopped.code === 'expired') await along();
        else throw stopped;
      }
    }
    return sent;
  }

  /* Join: send what waits, then take everything along anew where something was sent or `renew` asks for it. */
  own.join = function (renew, tell) {
    busy = busy || (async function () {
      try {
        if (!own.open) return { sent: 0 };
        const state = await own.ask(own.open.meta);
        if (state === 'wipe' || state === 'unknown') throw new Stop(state);
        const person = await who();
        if (person[0] !== own.open.meta.person) throw new Stop('other_person');
        if (state === 'expired' || !own.open.meta.carry) await along();
        const sent = await send(tell);
        if (sent || renew) await along();
        return { sent: sent };
      } catch (stopped) {
        if (stopped.message === 'shut') return { sent: 0 };
        if (!(stopped instanceof Stop)) throw stopped;
        return { sent: 0, stopped: stopped };
      } finally { busy = null; }
    })();
    return busy;
  };
  own.isJoining = function () { return busy !== null; };

  /* ---------- the page itself stays on the device: without anybody's data, for the worker to show (sw-carried.js) ---------- */
  own.keepPage = async function () {
    if (!window.caches || !navigator.serviceWorker) return false;
    await navigator.serviceWorker.register('/sw.js', { updateViaCache: 'all' });
    await navigator.serviceWorker.ready;
    const cache = await caches.open('khue-carried');
    const files = [location.pathname, at.icons].concat(Array.prototype.map.call(
      document.querySelectorAll('script[src], link[rel="stylesheet"], link[rel="preload"], link[rel="icon"]'), function (one) { return one.getAttribute('src') || one.getAttribute('href'); }));
    const answers = await Promise.all(files.slice(1).map(function (file) { return fetch(file, { credentials: 'same-origin' }); }));
    const page = await fetch(files[0], { credentials: 'same-origin', cache: 'no-store', redirect: 'error' });
    if (!page.ok || !answers.every(function (one) { return one.ok; })) return false;
    for (let n = 1; n < files.length; n += 1) await cache.put(files[n], answers[n - 1]);
    await cache.put(files[0], page);
    const wanted = files.map(function (one) { return new URL(one, location.href).href; });
    const old = (await cache.keys()).filter(function (one) { return wanted.indexOf(one.url) < 0; });
    await Promise.all(old.map(function (one) { return cache.delete(one, { ignoreVary: true }); }));
    return true;
  };
})();
