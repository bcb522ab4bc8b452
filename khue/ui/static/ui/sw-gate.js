/* The page of a reader at the gate opens from its kept copy when the network fails or is slow: a tablet that starts anew
   without a line still reads badges. The page itself lays the copy and its files into the cache `khue-gate` (gate.js);
   nobody's data is in it. Part of sw.js. */
'use strict';
self.khue.fetchers.push(function (event, url) {
  var path = '/cong/doc/', most = 3000;
  if (event.request.mode !== 'navigate' || url.pathname !== path) return false;
  var going = Promise.resolve(event.preloadResponse).then(function (early) { return early || fetch(event.request); });
  event.respondWith(caches.open('khue-gate').then(function (cache) { return cache.match(path, { ignoreVary: true }); }).then(function (copy) {
    if (!copy) return going;
    return new Promise(function (resolve) {
      var clock = setTimeout(function () { resolve(copy); }, most);
      going.then(function (answer) { clearTimeout(clock); resolve(answer.status < 500 ? answer : copy); }, function () { clearTimeout(clock); resolve(copy); });
    });
  }));
  return true;
});
