/* A notice arrives while Khuê may be closed: show it, and open what it is about when it is pressed. Part of sw.js.
   A server that died in the act sends again under the same tag: a tag that was shown here is never shown again. */
'use strict';
var TOLD = 'khue-told', MOST_TOLD = 100;
function toldBefore(tag) {
  var mark = new Request('/' + TOLD + '/' + encodeURIComponent(tag));
  return caches.open(TOLD).then(function (cache) {
    return cache.match(mark).then(function (there) {
      if (there) return true;
      return cache.put(mark, new Response('')).then(function () { return cache.keys(); }).then(function (kept) {
        return Promise.all(kept.slice(0, Math.max(0, kept.length - MOST_TOLD)).map(function (one) { return cache.delete(one); }));
      }).then(function () { return false; });
    });
  }).catch(function () { return false; });
}
function closeAll(tag) {
  return self.registration.getNotifications({ tag: tag }).then(function (shown) { shown.forEach(function (one) { one.close(); }); });
}
self.addEventListener('push', function (event) {
  var said = {};
  try { said = event.data ? event.data.json() : {}; } catch (error) { /* not ours */ }
  var tag = String(said.tag || 'khue'), icon = KHUE.static + 'ui/app/khue-192.png';
  event.waitUntil(inTurn(function () {
    return self.registration.getNotifications({ tag: tag }).then(function (shown) {
      return toldBefore(tag).then(function (again) {
        if (again && shown.length) return null;  /* it still stands there */
        /* A browser wants something shown for each push: a repeat is shown without a sound and taken away at once. */
        return self.registration.showNotification(String(said.title || 'Khuê'), {
          tag: tag, lang: 'vi', silent: again, icon: icon, badge: icon, data: { url: String(said.url || '/thong-bao/') }
        }).then(function () { return again ? closeAll(tag) : null; });
      });
    });
  }));
});
self.addEventListener('notificationclick', function (event) {
  event.notification.close();
  var url = new URL((event.notification.data || {}).url || '/thong-bao/', self.location.origin);
  if (url.origin !== self.location.origin) url = new URL('/thong-bao/', self.location.origin);
  event.waitUntil(self.clients.openWindow(url.href));
});
/* Signing out on purpose: notices of who was here do not come to who sits here next. */
self.addEventListener('message', function (event) {
  if (!event.data || event.data.type !== 'forget') return;
  event.waitUntil(self.registration.pushManager.getSubscription().then(function (own) { return own && own.unsubscribe(); }));
});
