/* The teachers' book for places without a line opens from its kept copy when the network fails or is slow.
   The page itself lays the copy and its files into the cache `khue-carried` (carried.js); nobody's data is in it. Part of sw.js. */
'use strict';
self.khue.fetchers.push(function (event, url) {
  var path = '/ngoai-tuyen/so-mang-theo/', most = 3000;
  if (event.request.mode !== 'navigate' || url.pathname !== path) return false;
  var going = Promise.resolve(event.preloadResponse).then(function (early) { return early || fetch(event.request); });
  event.respondWith(caches.open('khue-carried').then(function (cache) { return cache.match(path, { ignoreVary: true }); }).then(function (copy) {
    if (!copy) return going.catch(function () { return caches.match(KHUE.offline, { ignoreVary: true }); }).then(function (found) { return found || Response.error(); });
    return new Promise(function (resolve) {
      var clock = setTimeout(function () { resolve(copy); }, most);
      going.then(function (answer) { clearTimeout(clock); resolve(answer.status < 500 ? answer : copy); }, function () { clearTimeout(clock); resolve(copy); });
    });
  }));
  return true;
});
