/* A notice arrives while Khuê may be closed: show it, and open what it is about when it is pressed. Part of sw.js.
   A repeat of the same notice carries the same tag and takes the place of the first without a sound. */
'use strict';
self.addEventListener('push', function (event) {
  var said = {};
  try { said = event.data ? event.data.json() : {}; } catch (error) { /* not ours */ }
  event.waitUntil(self.registration.showNotification(String(said.title || 'Khuê'), {
    tag: String(said.tag || 'khue'), lang: 'vi', data: { url: String(said.url || '/thong-bao/') },
    icon: KHUE.static + 'ui/app/khue-192.png', badge: KHUE.static + 'ui/app/khue-192.png'
  }));
});
self.addEventListener('notificationclick', function (event) {
  event.notification.close();
  var url = new URL((event.notification.data || {}).url || '/thong-bao/', self.location.origin);
  if (url.origin !== self.location.origin) url = new URL('/thong-bao/', self.location.origin);
  event.waitUntil(self.clients.matchAll({ type: 'window', includeUncontrolled: true }).then(function (open) {
    var there = open.filter(function (one) { return one.url === url.href; })[0];
    return there ? there.focus() : self.clients.openWindow(url.href);
  }));
});
/* Signing out on purpose: notices of who was here do not come to who sits here next. */
self.addEventListener('message', function (event) {
  if (!event.data || event.data.type !== 'forget') return;
  event.waitUntil(self.registration.pushManager.getSubscription().then(function (own) { return own && own.unsubscribe(); }));
});
