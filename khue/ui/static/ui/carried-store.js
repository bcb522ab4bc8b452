/* The box on a carried device: what was taken along and what waits to be sent, in IndexedDB, all of it encrypted.
   A random AES-256-GCM key seals every record; it lies there wrapped under HKDF-SHA256(PBKDF2-SHA256(PIN, salt, rounds) ||
   the half that the server keeps, "khue-offline-1"). In memory no key can be taken out. Only numbers stand open: device,
   token, replica, counters, dates. A wrong PIN is counted before it is tried. Days are counted from the last joining by this
   device's own clock, wherever that clock stands. */
(function () {
  'use strict';
  const own = window.khueCarried = { open: null };
  const NAME = 'khue-carried', DAY = 864e5, coder = new TextEncoder(), reader = new TextDecoder();

  /* ---------- bytes ---------- */
  own.random = function (n) { return crypto.getRandomValues(new Uint8Array(n)); };
  own.fromBase64 = function (text) { return Uint8Array.from(atob(text), function (c) { return c.charCodeAt(0); }); };
  own.newReplica = function () {
    return btoa(String.fromCharCode.apply(null, own.random(18))).replace(/\+/g, '-').replace(/\//g, '_');
  };
  /* Two values are the same whatever the order of their keys. */
  function stable(value) {
    if (Array.isArray(value)) return '[' + value.map(stable).join() + ']';
    if (value && typeof value === 'object') return '{' + Object.keys(value).sort().map(function (k) { return k + ':' + stable(value[k]); }).join() + '}';
    return JSON.stringify(value === undefined ? null : value);
  }
  own.same = function (a, b) { return stable(a) === stable(b); };

  /* ---------- the base ---------- */
  let opened = null;
  function base() {
    opened = opened || new Promise(function (ok, no) {
      const asked = indexedDB.open(NAME, 1);
      asked.onupgradeneeded = function () { asked.result.createObjectStore('box'); asked.result.createObjectStore('out'); };
      asked.onsuccess = function () { asked.result.onversionchange = function () { asked.result.close(); opened = null; }; ok(asked.result); };
      asked.onerror = function () { opened = null; no(asked.error); };
    });
    return opened;
  }
  async function transact(mode, work) {
    const db = await base(), tx = db.transaction(['box', 'out'], mode, { durability: 'strict' });
    const got = work(tx.objectStore('box'), tx.objectStore('out'));
    return new Promise(function (ok, no) {
      tx.oncomplete = function () { ok(got && got.result !== undefined ? got.result : undefined); };
      tx.onerror = tx.onabort = function () { no(tx.error); };
    });
  }
  function write(work) { return transact('readwrite', function (box, out) { work(box, out); }); }
  own.meta = function () { return transact('readonly', function (box) { return box.get('meta'); }); };

  /* One change after another: what is decided by what stands there is never decided on what no longer stands there. */
  let line = Promise.resolve();
  function inTurn(work) { const mine = line.then(work, work); line = mine.catch(function () { /* told to who asked */ }); return mine; }

  own.wipe = function () {
    own.open = null;
    return inTurn(async function () {
      await write(function (box, out) { box.clear(); out.clear(); });
      (await base()).close(); opened = null;
      await new Promise(function (ok) { const gone = indexedDB.deleteDatabase(NAME); gone.onsuccess = gone.onerror = gone.onblocked = ok; });
    });
  };

  /* ---------- keys ---------- */
  async function wrapping(pin, meta, half) {
    const typed = await crypto.subtle.importKey('raw', coder.encode(pin), 'PBKDF2', false, ['deriveBits']);
    const bits = new Uint8Array(await crypto.subtle.deriveBits({ name: 'PBKDF2', hash: 'SHA-256', salt: meta.salt, iterations: meta.rounds }, typed, 256));
    const both = new Uint8Array(bits.length + half.length);
    both.set(bits); both.set(half, bits.length);
    const root = await crypto.subtle.importKey('raw', both, 'HKDF', false, ['deriveKey']);
    bits.fill(0); both.fill(0);
    return crypto.subtle.deriveKey(
      { name: 'HKDF', hash: 'SHA-256', salt: new Uint8Array(0), info: coder.encode('khue-offline-1') }, root,
      { name: 'AES-GCM', length: 256 }, false, ['wrapKey', 'unwrapKey']);
  }
  async function wrap(key, under) {
    const iv = own.random(12);
    return { iv: iv, data: await crypto.subtle.wrapKey('raw', key, under, { name: 'AES-GCM', iv: iv }) };
  }
  function unwrap(wrapped, under, extractable) {
    return crypto.subtle.unwrapKey('raw', wrapped.data, under, { name: 'AES-GCM', iv: wrapped.iv }, 'AES-GCM', extractable, ['encrypt', 'decrypt']);
  }
  /* What a record is stands beside it under the seal: one cannot be put in the place of another. */
  async function seal(key, label, value) {
    const iv = own.random(12);
    return { iv: iv, data: await crypto.subtle.encrypt({ name: 'AES-GCM', iv: iv, additionalData: coder.encode(label) }, key, coder.encode(JSON.stringify(value))) };
  }
  async function unseal(key, label, kept) {
    const plain = await crypto.subtle.decrypt({ name: 'AES-GCM', iv: kept.iv, additionalData: coder.encode(label) }, key, kept.data);
    return JSON.parse(reader.decode(plain));
  }

  /* ---------- made, opened, shut ---------- */
  own.create = async function (pin, said, replica) {
    const meta = {
      v: 1, device: said.device, token: said.token, person: said.person[0], salt: own.random(16), rounds: Math.max(600000, said.rounds),
      half: said.half, wrong: 0, most: said.wrong_pins, days: said.days, joined: Date.now(), latest: Date.now(), replica: replica, seq: 0, n: 0, carry: 0
    };
    const key = await crypto.subtle.generateKey({ name: 'AES-GCM', length: 256 }, true, ['encrypt', 'decrypt']);
    const under = await wrapping(pin, meta, own.fromBase64(said.half));
    meta.wrapped = await wrap(key, under);
    await write(function (box, out) { box.clear(); out.clear(); box.put(meta, 'meta'); });
    own.open = { meta: meta, key: await unwrap(meta.wrapped, under, false), pack: null, state: fresh(), out: [] };
  };
  function fresh() { return { drafts: {}, answers: [], taken: 0, takenAt: '' }; }

  /* Whether it may be opened without the server: not when the days since the last joining have passed. */
  own.isExpired = function (meta) { return !meta.half || Math.max(Date.now(), meta.latest) - meta.joined > meta.days * DAY || Date.now() < meta.joined - meta.days * DAY; };
  own.forgetHalf = function () {
    return inTurn(async function () {
      const meta = await own.meta();
      if (meta && meta.half) { meta.half = null; await write(function (box) { box.put(meta, 'meta'); }); }
    });
  };

  /* Open with a PIN: {left: tries left}, {wiped: true} or {ok: true}. `half` is the server's, when it had to be asked;
     `again` is what a new registration of this device was answered: the key goes under its half then. */
  own.unlock = function (pin, half, again) {
    return inTurn(async function () {
      const meta = await own.meta();
      if (!meta) return { wiped: true };
      meta.wrong += 1;
      await write(function (box) { box.put(meta, 'meta'); });
      let key, rewrapped = null;
      try {
        const under = await wrapping(pin, meta, own.fromBase64(half || meta.half));
        key = await unwrap(meta.wrapped, under, false);
        if (again) rewrapped = await wrap(await unwrap(meta.wrapped, under, true), await wrapping(pin, meta, own.fromBase64(again.half)));
      } catch (error) {
        if (meta.wrong < meta.most) return { left: meta.most - meta.wrong };
        own.open = null;
        await write(function (box, out) { box.clear(); out.clear(); });
        return { wiped: true };
      }
      meta.wrong = 0; meta.latest = Math.max(meta.latest, Date.now());
      if (half) meta.half = half;
      const kept = await all(key);
      if (rewrapped) {
        meta.wrapped = rewrapped; meta.half = again.half; meta.device = again.device; meta.token = again.token; meta.person = again.person[0];
        meta.replica = again.replica; meta.joined = meta.latest = Date.now(); meta.carry = 0;
        kept.out.forEach(function (one) { one.seq = null; one.carry = 0; });
        meta.seq = 0;
      }
      const lines = rewrapped ? await Promise.all(kept.out.map(function (one) { return sealedLine(key, one); })) : [];
      await write(function (box, out) {
        box.put(meta, 'meta');
        lines.forEach(function (one) { out.put(one, one.n); });
      });
      own.open = { meta: meta, key: key, pack: kept.pack, state: kept.state, out: kept.out };
      return { ok: true };
    });
  };
  async function all(key) {
    const pack = await transact('readonly', function (box) { return box.get('package'); });
    const state = await transact('readonly', function (box) { return box.get('state'); });
    const out = (await transact('readonly', function (box, lines) { return lines.getAll(); })) || [];
    return {
      pack: pack ? await unseal(key, 'package', pack) : null,
      state: state ? await unseal(key, 'state', state) : fresh(),
      out: (await Promise.all(out.map(async function (one) { return Object.assign({ n: one.n, seq: one.seq }, await unseal(key, 'out' + one.n, one)); })))
        .sort(function (a, b) { return a.n - b.n; })
    };
  }
  async function sealedLine(key, one) {
    const kept = await seal(key, 'out' + one.n, { collection: one.collection, key: one.key, value: one.value, seen: one.seen, carry: one.carry, at: one.at });
    return { n: one.n, seq: one.seq, iv: kept.iv, data: kept.data };
  }
  own.shut = function () { own.open = null; };

  /* Everything that one change touches goes to the disk in one transaction, and stands in memory only then. */
  function change(work) {
    return inTurn(async function () {
      const open = own.open;
      if (!open) throw new Error('shut');
      const next = { meta: Object.assign({}, open.meta), pack: open.pack, state: open.state, out: open.out.map(function (one) { return Object.assign({}, one); }), put: [], gone: [] };
      const told = work(next);
      const sealed = [];
      if (next.pack !== open.pack) sealed.push(['package', await seal(open.key, 'package', next.pack)]);
      if (next.state !== open.state) sealed.push(['state', await seal(open.key, 'state', next.state)]);
      const lines = await Promise.all(next.put.map(function (one) { return sealedLine(open.key, one); }));
      await write(function (box, out) {
        box.put(next.meta, 'meta');
        sealed.forEach(function (one) { box.put(one[1], one[0]); });
        lines.forEach(function (one) { out.put(one, one.n); });
        next.gone.forEach(function (n) { out.delete(n); });
      });
      if (own.open === open) Object.assign(open, { meta: next.meta, pack: next.pack, state: next.state, out: next.out });
      return told;
    });
  }

  /* ---------- entered on the device ---------- */
  function known(out, pack, collection, key) {
    for (let i = out.length - 1; i >= 0; i--) if (out[i].key === key && out[i].collection === collection) return out[i].value;
    return own.book.base(pack, collection, key);
  }
  own.known = function (collection, key) { return known(own.open.out, own.open.pack, collection, key); };
  own.pending = function (collection, key) { return own.open.out.some(function (one) { return one.key === key && one.collection === collection; }); };
  /* A time as this device's clock shows it, with its distance from UTC: a remark, nothing hangs on it. */
  function told(at) {
    const away = -at.getTimezoneOffset(), by = Math.abs(away), local = new Date(at.getTime() + away * 60000).toISOString().slice(0, 19);
    function two(n) { return ('0' + n).slice(-2); }
    return local + (away < 0 ? '-' : '+') + two(Math.floor(by / 60)) + ':' + two(by % 60);
  }
  /* An entry that was not sent yet takes the later value; one that was (it has its number) is followed by another. */
  own.enter = function (collection, key, value) {
    return change(function (next) {
      const here = next.out.filter(function (one) { return one.key === key && one.collection === collection; }), last = here[here.length - 1];
      const at = told(new Date());
      if (last && last.seq === null) {
        if (own.same(last.seen, value)) { next.gone.push(last.n); next.out = next.out.filter(function (one) { return one !== last; }); return; }
        last.value = value; last.at = at; next.put.push(last);
        return;
      }
      const seen = known(next.out, next.pack, collection, key);
      if (own.same(seen, value)) return;
      next.meta.n += 1;
      const one = { n: next.meta.n, seq: null, collection: collection, key: key, value: value, seen: seen === undefined ? null : seen, carry: next.meta.carry, at: at };
      next.out.push(one); next.put.push(one);
    });
  };
  own.undo = function (n) {
    return change(function (next) {
      const one = next.out.filter(function (o) { return o.n === n && o.seq === null; })[0];
      if (!one) return false;
      next.gone.push(n); next.out = next.out.filter(function (o) { return o !== one; });
      return true;
    });
  };
  own.draft = function (key, value) {
    return change(function (next) {
      const drafts = Object.assign({}, next.state.drafts);
      if (value === null) delete drafts[key]; else drafts[key] = value;
      next.state = Object.assign({}, next.state, { drafts: drafts });
    });
  };

  /* ---------- sent and answered ---------- */
  own.number = function (count) {
    return change(function (next) {
      const batch = next.out.slice(0, count);
      batch.forEach(function (one) { if (one.seq === null) { next.meta.seq += 1; one.seq = next.meta.seq; next.put.push(one); } });
      return batch;
    });
  };
  const KEPT = 200;
  own.answered = function (answers) {
    return change(function (next) {
      const state = next.state = Object.assign({}, next.state, { answers: next.state.answers.slice() });
      next.pack = JSON.parse(JSON.stringify(next.pack));
      answers.forEach(function (answer) {
        const seq = answer[0], verdict = answer[1], now = answer[2], message = answer[3];
        const one = next.out.filter(function (o) { return o.seq === seq; })[0];
        if (!one) return;
        next.out = next.out.filter(function (o) { return o !== one; }); next.gone.push(one.n);
        if (verdict !== 'refused' || now !== null) own.book.setBase(next.pack, one.collection, one.key, now);
        if (verdict === 'apply' || verdict === 'same') { state.taken += 1; state.takenAt = new Date().toISOString(); state.answers = state.answers.filter(function (o) { return o.key !== one.key || o.verdict === 'refused'; }); return; }
        state.answers = state.answers.filter(function (o) { return o.key !== one.key; });
        state.answers.unshift({ verdict: verdict, collection: one.collection, key: one.key, value: one.value, now: now, message: message });
      });
      state.answers = state.answers.filter(function (o, n) { return n < KEPT || o.verdict === 'refused'; });  /* which lies nowhere else */
    });
  };
  own.seenAnswers = function () { return change(function (next) { next.state = Object.assign({}, next.state, { answers: [] }); }); };
  own.numberAnew = function (replica, from) {
    return change(function (next) {
      next.meta.replica = replica; next.meta.seq = from - 1;
      next.out.forEach(function (one) { one.seq = null; next.put.push(one); });
    });
  };
  own.takeAlong = function (said) {
    return change(function (next) {
      const now = Date.now();
      next.meta.carry = said.carry; next.meta.half = next.meta.half || said.half; next.meta.joined = now; next.meta.latest = now;
      next.pack = { day: said.day, expires: said.expires, person: said.person, capacity: said.capacity, collections: said.collections, open: said.open };
      next.state = Object.assign({}, next.state, { answers: next.state.answers.filter(function (one) {  /* without the conflicts that somebody ended */
        return one.verdict !== 'clash' || (said.open.clashes && own.same(own.book.base(next.pack, one.collection, one.key), one.now));
      }) });
      next.out.forEach(function (one) { if (!one.carry) { one.carry = said.carry; next.put.push(one); } });
    });
  };
})();
